"""The site of a folder of runs: whole, linked relatively, made only once, and usable in a real Chromium."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import chromium
import comparisons
import pytest
import synthetic
from chromium import Browser
from synthetic import Shape, sound

HOSTILE = '<img src=x onerror="alert(1)">/..'


def bench(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", "site", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)


def nightly(results: Path, day: int, *shapes: Shape) -> Path:
    said = comparisons.journal(*shapes, seed=day, name="nightly", rounds=2)
    run = replace(said.run, started=f"2026-11-{day:02}T03:00:00+00:00", commit="<i>&'\"")
    return synthetic.write(results / f"202611{day:02}T030000-nightly", replace(said, run=run))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six runs with a row of a hostile name, waitress dearer in the newest three, and one run that is damaged."""
    folder = tmp_path_factory.mktemp("results")
    for day in range(1, 7):
        hostile = replace(sound("uwsgi"), name=HOSTILE)
        nightly(folder, day, comparisons.slowed(1.5 if day > 3 else 1.0), sound("gevent"), hostile)
    (folder / "20261031T000000-damaged").mkdir()
    (folder / "20261031T000000-damaged" / "records.jsonl").write_text("no record at all\n")
    assert bench(folder, "--charts", 1).returncode == 0
    return folder


class Links(HTMLParser):
    """Everything that a page leads to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.page, self.found = page, set[str]()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attributes if name in ("href", "src") and value}


def pages(results: Path) -> list[Path]:
    return sorted((results / "site").rglob("*.html"))


def test_every_run_has_its_page_and_every_row_its_history(results: Path) -> None:
    site = results / "site"
    assert (site / ".nojekyll").is_file()
    assert len([*site.glob("runs/*/report.html")]) == 6
    rows = ["_img_src_x_onerror_alert_1_.html", "gevent.html", "waitress.html"]
    assert sorted(path.name for path in site.glob("rows/*")) == rows
    assert [path.name for path in site.glob("compare/*.html")] == ["20261106T030000-nightly.html"]


def test_links_lead_somewhere_in_the_site_and_nowhere_else(results: Path) -> None:
    site = (results / "site").resolve()
    assert len(pages(results)) > 9
    for page in pages(results):
        for link in Links(page).found:
            if link.startswith(("#", "https://example.org")):
                continue
            target = (page.parent / unquote(link)).resolve()
            assert target.is_file(), f"{page.name} leads to {link}"
            assert site in target.parents


def test_the_damaged_run_is_named_and_costs_nothing_else(results: Path) -> None:
    index = (results / "site" / "index.html").read_text("utf-8")
    assert "20261031T000000-damaged" in index
    done = bench(results, "--charts", 1)
    assert done.returncode == 0
    assert "20261031T000000-damaged is left out: " in done.stderr


def test_only_the_newest_runs_had_their_charts_drawn(results: Path) -> None:
    drawn = [path.parent.name for path in results.glob("*/report.html")]
    assert drawn == ["20261106T030000-nightly"]
    charts = {path.parent.name: "<svg" in path.read_text("utf-8") for path in results.glob("site/runs/*/report.html")}
    assert [name for name, has in charts.items() if has] == drawn


def times(results: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (results / "site").rglob("*") if path.is_file()}


def test_made_again_nothing_is_written_and_a_new_run_adds_what_is_its_own(results: Path) -> None:
    before = times(results)
    assert bench(results, "--charts", 1).returncode == 0
    assert {path: time for path, time in times(results).items() if path.name != ".nojekyll"} == {
        path: time for path, time in before.items() if path.name != ".nojekyll"
    }
    nightly(results, 7, comparisons.slowed(1.5), sound("gevent"))
    assert bench(results, "--charts", 1).returncode == 0
    changed = {
        path.relative_to(results / "site").parts[0] for path, time in times(results).items() if before.get(path) != time
    }
    assert {"index.html", "runs", "rows", "compare"} <= changed
    untouched = results / "site" / "runs" / "20261102T030000-nightly" / "report.html"
    assert times(results)[untouched] == before[untouched]


def test_records_that_are_newer_than_their_page_make_it_anew(results: Path) -> None:
    run = results / "20261101T030000-nightly"
    page = results / "site" / "runs" / run.name / "report.html"
    before = page.stat().st_mtime_ns
    later = before + 10_000_000_000
    os.utime(run / "records.jsonl", ns=(later, later))
    assert bench(results, "--charts", 1).returncode == 0
    assert page.stat().st_mtime_ns != before
    os.utime(run / "records.jsonl", ns=(before, before))


def test_a_run_that_is_gone_leaves_the_site(tmp_path: Path) -> None:
    for day in (1, 2):
        nightly(tmp_path, day, sound("gevent"))
    assert bench(tmp_path, "--charts", 1).returncode == 0
    (tmp_path / "20261101T030000-nightly" / "records.jsonl").unlink()
    assert bench(tmp_path, "--charts", 1).returncode == 0
    assert [path.name for path in (tmp_path / "site" / "runs").iterdir()] == ["20261102T030000-nightly"]


def test_what_is_no_site_is_left_alone(results: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    done = bench(results, "--out", tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"bench: {tmp_path} is there already and no site of ours: name another with --out.\n"
    assert [*tmp_path.iterdir()] == [tmp_path / "precious.txt"]
    assert "there is no run in" in bench(tmp_path).stderr


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium.PROGRAM is None:
        pytest.skip("Chromium is not installed")
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("page", ["index.html", "rows/waitress.html", "rows/_img_src_x_onerror_alert_1_.html"])
def test_pages_open_quietly_and_fit(results: Path, browser: Browser, page: str, width: int) -> None:
    url = (results / "site" / page).as_uri()
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser.open(url)
    assert browser.happened("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening") == []
    assert [asked["request"]["url"] for asked in browser.happened("Network.requestWillBeSent")] == [url]
    assert browser.run("document.images.length") == 0
    assert browser.run("document.documentElement.scrollWidth") <= width
    assert browser.run("document.querySelectorAll('svg .point').length") > 3


def test_the_step_is_drawn_and_told_with_its_runs(results: Path, browser: Browser) -> None:
    browser.open((results / "site" / "rows" / "waitress.html").as_uri())
    assert re.match(r"\+[45]\d %", browser.run("document.querySelector('svg text.step.worse').textContent"))
    said = browser.run("document.querySelector('.steps li').textContent.replace(/\\s+/g, ' ')")
    assert re.match(r"slower, \+[45]\d % between 2026-11-03 and 2026-11-04", said)
    tip = browser.run("document.querySelector('svg .point').dataset.tip")
    assert re.match(r"2026-11-01 03:00, nightly, commit <i>&'\": CPU \d+ µs", tip)
