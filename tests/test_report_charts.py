"""Charts tell what was measured: every load of a sweep, every kind of error, and plainly so where there was none."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
import synthetic

from bench import report
from bench.journal import Journal
from bench.model import Window
from bench.report.faults import availability

TWO = (synthetic.sound("uwsgi"), synthetic.sound("dev"))


def said(folder: Path, journal: Journal) -> dict[str, set[str]]:
    """What each chart of the page says in words or when one hovers over it, by the chart's name."""
    report.write(synthetic.write(folder / "run", journal))
    text = (folder / "run" / "report.html").read_text(encoding="utf-8")
    charts = re.findall(r'<svg class="chart"[^>]*labelledby="title-([^"]+)".*?>(.*?)</svg>', text, re.DOTALL)
    return {
        name: {*map(unescape, re.findall(r'(?<=data-tip=")[^"]*|[^<>]+(?=</text>)', drawn))} for name, drawn in charts
    }


def broken(window: Window, errors: dict[str, int]) -> Window:
    return replace(window, responses=window.responses - sum(errors.values()), errors=errors)


def test_a_sweep_is_drawn_with_every_number_of_connections(tmp_path: Path) -> None:
    said_by = said(tmp_path, synthetic.read(TWO, loads=synthetic.LOADS + synthetic.SWEEP))["sweep"]
    assert {"1", "2", "4", "8", "16", "32", "64", "128", "256"} <= said_by
    assert any(re.fullmatch(r"dev: 1 connection \d+\.?\d*/s \(.* to .*\)", one) for one in said_by)
    assert any("the fitted law peaks at 6" in one or "the fitted law peaks at 7" in one for one in said_by)


def test_one_launch_gets_points_and_no_law(tmp_path: Path) -> None:
    said_by = said(tmp_path, synthetic.read(TWO, rounds=1, loads=synthetic.LOADS + synthetic.SWEEP))["sweep"]
    assert "dev: 64 connections" in " ".join(said_by)
    assert "law" not in " ".join(said_by)


def test_a_run_without_a_sweep_has_no_chart_of_one(tmp_path: Path) -> None:
    assert "sweep" not in said(tmp_path, synthetic.read(TWO))


def test_errors_under_a_sweep_are_told_there_and_strike_nothing(tmp_path: Path) -> None:
    journal = synthetic.read(TWO, loads=synthetic.LOADS + synthetic.SWEEP)
    records = [
        replace(
            one,
            windows=tuple(broken(w, {"reset": w.responses // 2}) if w.connections == 256 else w for w in one.windows),
        )
        for one in journal.records
    ]
    said_by = said(tmp_path, replace(journal, records=tuple(records)))
    assert any("256 connections" in one and "% answered wrongly" in one for one in said_by["sweep"])
    assert not any("reset" in one for one in said_by["errors"])


def test_every_kind_of_error_is_told_with_its_share(tmp_path: Path) -> None:
    journal = synthetic.read(TWO)
    records = [
        replace(one, windows=tuple(broken(w, {"reset": 3, "status": 40}) for w in one.windows))
        if one.trial.server == "dev"
        else one
        for one in journal.records
    ]
    said_by = said(tmp_path, replace(journal, records=tuple(records)))["errors"]
    kinds = {one.split(",")[0] for one in said_by if one.startswith("dev: ")}
    assert {kind.rsplit(" ", 1)[1] for kind in kinds} == {"reset", "status"}
    assert any(re.fullmatch(r"[\d,]+ of [\d,]+ requests, \d\d\.\d % right", one) for one in said_by)
    assert any(re.fullmatch(r"no errors in [\d,]+ requests", one) for one in said_by)


def test_a_run_without_an_error_says_so(tmp_path: Path) -> None:
    said_by = said(tmp_path, synthetic.read(TWO))["errors"]
    assert sum(one.startswith("no errors in ") for one in said_by) == 2
    assert (tmp_path / "run" / "errors.png").stat().st_size


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (1, "100 %"),
        (0.9999, "99.990 %"),
        (0.99991, "99.991 %"),
        (0.99999999, "99.9999990 %"),
        (0.5, "50.0 %"),
        (0, "0.0 %"),
    ],
)
def test_availability_is_told_with_its_nines_and_never_rounded_up(share: float, told: str) -> None:
    assert availability(share) == told
