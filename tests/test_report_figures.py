"""Charts stay readable: labels keep apart, and what is far off does not press the rest together."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as some

from bench import report
from bench.judgement import Estimate
from bench.report.drawing import apart
from bench.report.page import Scale
from bench.report.rows import furthest


@given(some.lists(some.floats(0, 10), min_size=1, max_size=20), some.floats(0.1, 2))
def test_labels_are_moved_apart_in_their_order(wanted: list[float], distance: float) -> None:
    found = apart(wanted, distance)
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    steps = [found[after] - found[before] for before, after in pairwise(order)]
    assert all(step >= distance - 1e-9 for step in steps)


def test_labels_with_room_stay_where_they_are() -> None:
    assert apart([5.0, 1.0, 3.0], 1.0) == [5.0, 1.0, 3.0]


@given(some.floats(1e-2, 1e9))
def test_a_scale_has_two_to_six_round_ticks_and_holds_the_most(most: float) -> None:
    scale = Scale(most)
    assert 2 <= len(scale.ticks) <= 6
    assert scale.ticks[-1] <= scale.end
    assert float(scale.at(most)[:-1]) < 100


def test_a_scale_holds_all_values_and_no_interval_that_dwarfs_them() -> None:
    assert furthest([]) == 0
    assert furthest([Estimate(100, 90, 110), None, Estimate(50)]) == 110
    assert furthest([Estimate(100, 0, 900), Estimate(50)]) == pytest.approx(130)


def test_intervals_and_values_far_off_leave_a_chart_readable(tmp_path: Path) -> None:
    said = synthetic.read((synthetic.sound("uwsgi"), synthetic.sound("uwsgi+nginx"), synthetic.sound("dev")), rounds=2)
    slow = [
        replace(
            one,
            ready=60.0 * (one.trial.round + 1) if one.trial.server == "dev" else one.ready,
            windows=tuple(
                replace(w, server_cpu=0.5 * w.responses) if one.trial.server == "dev" else w for w in one.windows
            ),
        )
        for one in said.records
    ]
    folder = synthetic.write(tmp_path / "run", replace(said, records=tuple(slow)))
    report.write(folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    charts = re.findall(r'<svg class="chart".*?</svg>', text, re.DOTALL)
    assert ">500 ms</text>" in charts[0]
    assert ">90.0 s</text>" in charts[3]
    ticks = re.findall(r"text-anchor: middle[^>]*>([^<]+)</text>", charts[0])
    assert any("µs" in tick for tick in ticks)
