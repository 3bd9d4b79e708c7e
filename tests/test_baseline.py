"""A baseline: what it refuses to be, what it refuses to be compared with, and what it then says."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bench import baseline, yardstick
from bench.aim import Aim
from bench.baseline import Baseline, Row
from bench.errors import JournalError
from bench.system import machine

HERE = machine.probe()


def ratios(draw: Random, effect: float = 0.0) -> tuple[float, ...]:
    return tuple(0.8 + effect + draw.gauss(0, 0.015) for _ in range(baseline.ROUNDS))


def made(**changes: object) -> Baseline:
    rows = {"gunicorn": Row(ratios(Random(1)), {"flask": "3.1"})}
    stored = Baseline(baseline.KIND, baseline.FORMAT, "2026-11-21", "0", HERE, "shop:app /", "cpu", rows)
    return replace(stored, **changes)  # type: ignore[arg-type]


def test_a_baseline_is_read_as_it_was_saved(tmp_path: Path) -> None:
    baseline.save(tmp_path / "b.json", made())
    assert baseline.read(tmp_path / "b.json") == made()


@pytest.mark.parametrize("rows", [{}, {"gunicorn": Row(())}, {"gunicorn": Row((0.1,))}])
def test_an_empty_baseline_can_neither_be_saved_nor_read(tmp_path: Path, rows: dict[str, Row]) -> None:
    path = tmp_path / "b.json"
    with pytest.raises(JournalError, match="there is nothing in this baseline"):
        baseline.save(path, made(rows=rows))
    assert not path.exists()
    baseline.save(path, made())
    said = json.loads(path.read_text())
    said["rows"] = {name: {"ratios": row.ratios} for name, row in rows.items()}
    path.write_text(json.dumps(said))
    with pytest.raises(JournalError, match=r"b\.json is empty"):
        baseline.read(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is no baseline"),
        ("[]", "is no baseline of `bench gate --save`"),
        ('{"format": 1, "run": {}}', "is no baseline of `bench gate --save`"),
        ('{"kind": "deploybench baseline", "format": 9}', "has format 9, this deploybench reads 1: save it anew"),
        ('{"kind": "deploybench baseline", "format": 1, "rows": 5}', "is damaged"),
    ],
)
def test_what_is_no_baseline_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(JournalError, match=sentence):
        baseline.read(path)
    with pytest.raises(JournalError, match="cannot be read"):
        baseline.read(tmp_path / "none.json")


def test_another_processor_is_refused_and_another_kernel_widens() -> None:
    with pytest.raises(JournalError, match=r"another machine \(processor was Z80, is "):
        baseline.session_scatter(replace(HERE, processor="Z80"), HERE)
    same, nothing = baseline.session_scatter(HERE, replace(HERE, load_average=9.0, memory=1))
    wider, told = baseline.session_scatter(replace(HERE, release="2.6"), HERE)
    assert (nothing, told) == ((), (f"release was 2.6, is {HERE.release}",))
    assert wider > same > 0


def test_a_patch_release_of_python_is_the_same_and_a_minor_one_is_not() -> None:
    before = replace(HERE, python="CPython 3.11.2")
    assert baseline.session_scatter(before, replace(HERE, python="CPython 3.11.9"))[1] == ()
    with pytest.raises(JournalError, match=r"python was CPython 3\.11, is CPython 3\.12"):
        baseline.session_scatter(before, replace(HERE, python="CPython 3.12.2"))


def test_equal_rows_are_not_slower_and_much_slower_ones_are() -> None:
    draw = Random(2)
    then = Row(ratios(draw))
    same = baseline.compared(then, Row(ratios(draw)), 0.01, Aim(), 1)
    slower = baseline.compared(then, Row(ratios(draw, 0.15)), 0.01, Aim(), 2)
    assert (same.word, slower.word) == ("not slower", "slower")
    assert slower.effect
    assert slower.effect.value == pytest.approx(1.16, abs=0.03)
    assert same.detectable
    # The promise is smaller than that of a comparison side by side, and it is told.
    assert 0.03 < same.detectable < 0.12


def test_yardsticks_that_have_moved_apart_widen_the_answer() -> None:
    draw = Random(3)
    then, cost = Row(ratios(draw), turns=(5.0, 5.01, 4.99)), ratios(draw, 0.15)
    still, moved, unknown = (
        baseline.compared(then, Row(cost, turns=turns), 0.01, Aim(), 1)
        for turns in ((5.0, 5.01, 4.99), (5.2, 5.21, 5.19), ())
    )
    assert (still.word, moved.word) == ("slower", "undecided")
    assert (still.effect, still.detectable) == (unknown.effect, unknown.detectable)
    assert still.detectable
    assert moved.detectable
    # A fifth apart is a uniform law's 0.2 / sqrt(3), beside which all else is little.
    assert moved.detectable > 0.4 > 4 * still.detectable
    assert baseline.drift(then, Row(cost, turns=(5.2,))) == pytest.approx(0.2)
    assert baseline.drift(Row(cost), then) is None


def test_noise_makes_the_answer_undecided_and_lets_nothing_pass() -> None:
    draw = Random(5)
    then, noisy = Row(ratios(draw)), Row(tuple(1.0 + draw.gauss(0, 0.3) for _ in range(baseline.ROUNDS)))
    answer = baseline.compared(then, noisy, 0.01, Aim(), 1)
    assert answer.word == "undecided"
    assert answer.detectable
    assert answer.detectable > 0.3


def test_the_loop_that_only_computes_takes_time_for_each_turn() -> None:
    assert yardstick.computed(HERE.server_cores) > 0


def test_a_row_that_vanished_is_a_regression() -> None:
    answer = baseline.vanished("gunicorn", "it is gone", "cpu")
    assert (answer.word, answer.effect) == ("slower", None)
