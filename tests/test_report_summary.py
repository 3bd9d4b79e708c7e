"""Records become rows: what is folded, in which order the rows stand, and what is said in words."""

import itertools
import json
from dataclasses import replace
from math import isclose

import pytest
import synthetic

from bench.histogram import Histogram
from bench.report.frame import COLUMNS, table
from bench.report.headline import chains, headline, remarks
from bench.report.rows import Summary
from bench.report.script import as_object
from bench.report.summary import summarise


@pytest.fixture(scope="module")
def whole() -> Summary:
    return summarise(synthetic.read())


def of(*names: str, rounds: int = 3, capacity: float | None = None) -> Summary:
    return summarise(synthetic.read(tuple(synthetic.sound(name, capacity) for name in names), rounds=rounds))


def test_believable_rows_come_first_by_throughput_and_struck_out_ones_last(whole: Summary) -> None:
    speeds = [row.throughput.value for row in whole.ranked if row.throughput]
    assert speeds == sorted(speeds, reverse=True)
    assert whole.rows == whole.ranked + whole.struck
    assert {row.name: row.verdict.word for row in whole.struck} == {
        "tornado": "DRIVER-BOUND",
        "processes": "ERRORS",
        "twisted": "FAILED",
    }


def test_only_believable_rows_have_a_place(whole: Summary) -> None:
    assert all(row.rank and row.cost_rank for row in whole.ranked)
    assert not any(row.rank or row.cost_rank for row in whole.struck)
    assert all(row.rank[1] <= len(whole.ranked) for row in whole.ranked if row.rank)


def test_a_figure_is_the_mean_over_launches_of_the_median_of_windows() -> None:
    said = synthetic.read((synthetic.sound("uwsgi"),))
    row = summarise(said).rows[0]
    medians = []
    for record in said.records:
        seen = [window.throughput for window in record.windows if window.load == "capacity"]
        medians.append(sum(seen) / 2)
    assert row.throughput
    assert isclose(row.throughput.value, sum(medians) / 3)


def test_latencies_are_quantiles_of_all_windows_counts_together() -> None:
    said = synthetic.read((synthetic.sound("uwsgi"),))
    together = Histogram()
    for record in said.records:
        together.merge(*(Histogram.decode(one.latency) for one in record.windows if one.load == "half" and one.latency))
    outcome = summarise(said).rows[0].outcomes["half"]
    assert outcome.quantiles["p99"] == together.quantile(0.99)
    assert outcome.latency == together


def test_quantiles_have_intervals_over_launches() -> None:
    outcome = summarise(synthetic.read((synthetic.sound("uwsgi"),))).rows[0].outcomes["capacity"]
    interval = outcome.intervals["p99"]
    assert interval.value == outcome.quantiles["p99"]
    assert (interval.low or 0) < interval.value < (interval.high or 0)


def test_a_driver_without_counts_gives_the_median_of_what_it_says() -> None:
    said = synthetic.read((synthetic.sound("uwsgi"),))
    spoken = [
        replace(
            record,
            windows=tuple(
                replace(
                    window, latency=None, latency_mean=None, latency_quantiles={"p99": 0.01 * (record.trial.round + 1)}
                )
                for window in record.windows
            ),
        )
        for record in said.records
    ]
    row = summarise(replace(said, records=tuple(spoken))).rows[0]
    assert row.outcomes["half"].quantiles == {"p99": 0.02}


def test_a_failed_launch_leaves_its_figures_out() -> None:
    said = synthetic.read((synthetic.sound("uwsgi"),))
    absurd = replace(said.records[0], failure="it died", ready=1e6)
    row = summarise(replace(said, records=(absurd, *said.records[1:]))).rows[0]
    assert row.ready
    assert row.ready.value < 10
    assert len(row.records) == 3


def test_a_trial_that_the_user_cut_short_is_not_held_against_its_server() -> None:
    said = synthetic.read((synthetic.sound("uwsgi"), synthetic.sound("dev")), rounds=1)
    cut = replace(said.records[-1], failure="interrupted")
    summary = summarise(replace(said, records=(*said.records[:-1], cut), end="interrupted"))
    assert summary.struck == ()
    assert summary.unreached == (cut.trial.server,)


@pytest.mark.parametrize(("resumed", "often"), [((3,), "once"), ((3, 7), "twice"), ((0, 3, 7), "3 times")])
def test_a_run_that_was_gone_on_with_says_how_often(resumed: tuple[int, ...], often: str) -> None:
    said = synthetic.read((synthetic.sound("uwsgi"), synthetic.sound("dev")))
    assert f"The run was cut short, and gone on with {often}." in remarks(summarise(replace(said, resumed=resumed)))
    assert not any("gone on with" in remark for remark in remarks(summarise(said)))


def test_the_front_is_shown_apart_within_the_whole_cost(whole: Summary) -> None:
    outcome = next(row for row in whole.rows if row.name == "uwsgi+nginx").capacity
    assert outcome
    assert outcome.cpu
    assert outcome.front_cpu
    assert outcome.server_cpu
    assert isclose(outcome.server_cpu + outcome.front_cpu.value, outcome.cpu.value)


def test_a_run_without_a_record_is_said_to_be_empty() -> None:
    summary = summarise(synthetic.read(measured=0))
    assert headline(summary) == "Nothing was measured."
    assert len(summary.unreached) == len(synthetic.SHAPES)


def test_the_headline_names_the_leader_and_by_how_much(whole: Summary) -> None:
    assert headline(whole).startswith("uwsgi serves most, ")
    assert "more than uwsgi+nginx and" in headline(whole)


def test_twins_at_the_top_are_not_told_apart_in_words() -> None:
    twins = (synthetic.sound("uwsgi", 5000.0), synthetic.sound("uwsgi+nginx", 5000.0), synthetic.sound("dev"))
    said = headline(summarise(synthetic.read(twins)))
    assert "uwsgi+nginx" in said
    assert "cannot be told apart at the top, with" in said


def test_a_run_that_cannot_tell_any_rows_apart_says_so() -> None:
    assert headline(of("uwsgi", "uwsgi+nginx", capacity=5000.0)).startswith("No order is certain here: ")


def test_one_launch_each_is_said_to_be_uncertain() -> None:
    assert "cannot make an order certain" in headline(of("uwsgi", "dev", rounds=1))


def test_a_run_without_a_believable_row_says_so() -> None:
    failed = tuple(shape for shape in synthetic.SHAPES if shape.flaw)
    assert headline(summarise(synthetic.read(failed))) == "No row of this run can be believed."


def test_rows_that_must_not_be_believed_are_named_with_the_reason(whole: Summary) -> None:
    said = remarks(whole)
    assert "Two rows are not to be believed: tornado (limited by the driver) and processes (answered wrongly)." in said
    assert "twisted failed and has no figures." in said


def test_rows_that_close_connections_are_named_beside_those_that_keep_them(whole: Summary) -> None:
    said = "gunicorn, dev and threaded close each connection after one answer: their figures include making new ones."
    assert said in remarks(whole)
    assert not any("each connection" in remark for remark in remarks(of("gunicorn", "dev")))


def test_chains_hold_neighbours_without_a_certain_order(whole: Summary) -> None:
    for chain in chains(whole):
        assert all(
            before.rank[1] >= after.rank[0] for before, after in itertools.pairwise(chain) if before.rank and after.rank
        )


def test_the_object_for_scripts_is_json_with_every_promised_key(whole: Summary) -> None:
    said = json.loads(json.dumps(as_object(whole), allow_nan=False))
    promised = {"name", "verdict", "reasons", "rank", "throughput", "cpu_per_response", "latency", "cold_start"}
    assert all(promised | {"memory", "errors", "responses"} <= row.keys() for row in said["rows"])
    first, last = said["rows"][0], said["rows"][-1]
    assert first["rank"] == [1, 1]
    assert first["throughput"].keys() == {"value", "low", "high"}
    assert first["latency"][0].keys() >= {"rate", "p50", "p90", "p99", "p999", "max"}
    assert (last["verdict"], last["rank"], last["throughput"], last["latency"]) == ("FAILED", None, None, [])


def test_the_table_has_its_documented_columns_and_a_line_a_row(whole: Summary) -> None:
    frame = table(whole)
    assert list(frame.columns[: len(COLUMNS)]) == list(COLUMNS)
    assert list(frame["name"]) == [row.name for row in whole.rows]
    assert all(meaning for meaning, _ in COLUMNS.values())
    twisted = frame.set_index("name").loc["twisted"]
    assert twisted["throughput"] != twisted["throughput"]  # nan: not measured, not 0


def test_what_was_not_measured_is_empty_and_not_zero(whole: Summary) -> None:
    text = table(whole).to_csv(index=False)
    line = next(line for line in text.splitlines() if line.startswith("twisted,"))
    assert ",,,,,," in line
    assert "nan" not in text.lower()


def test_a_late_driver_spoils_the_latencies_and_is_said_so() -> None:
    said = synthetic.read((synthetic.sound("uwsgi"), synthetic.sound("dev")))
    late = Histogram.of([(9_000, 100)]).encode()
    records = [
        replace(one, windows=tuple(replace(w, lag=late) if w.load == "common" else w for w in one.windows))
        for one in said.records
    ]
    summary = summarise(replace(said, records=tuple(records)))
    assert summary.struck == ()
    assert all(row.common and row.common.doubt and not row.outcomes["half"].doubt for row in summary.rows)
    assert "The latencies of all rows are not the servers' own: the driver was late itself." in remarks(summary)
    assert table(summary)["common_doubt"].str.contains("9.01 ms or more late").all()
