"""Everybody can read the pages of a comparison and of a site: axe-core finds nothing serious, words have contrast."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import chromium
import comparisons
import pytest
import synthetic
from chromium import Browser
from synthetic import sound
from test_report_accessible import CONTRASTS, LEAST_CONTRAST, findings, opened

from bench.history import history
from bench.report import comparison_page, site
from bench.stored.archive import each
from bench.stored.digest import Digest
from bench.stored.shelf import runs

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A comparison in which much is not the same; the index of a site; a row's history with a step in it."""
    folder = tmp_path_factory.mktemp("results")
    for day in range(1, 7):
        said = comparisons.journal(comparisons.slowed(1.5 if day > 3 else 1.0), sound("gevent"), seed=day, rounds=2)
        run = replace(said.run, started=f"2026-11-{day:02}T03:00:00+00:00")
        synthetic.write(folder / f"202611{day:02}T030000-nightly", replace(said, run=run))
    work = site.begin(folder / "site", runs(folder), drawn=1)
    seen = dict(each(work, runs(folder)))
    index = site.write(history(one for one in seen.values() if isinstance(one, Digest)), folder / "site", drawn=1)
    compared = comparison_page.write(comparisons.whole(), folder / "comparison")
    found: dict[str, Path] = {"comparison": compared, "index": index, "row": index.parent / "rows" / "waitress.html"}
    return {name: path.as_uri() for name, path in found.items()}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (360, "dark")], ids=str)
def paper(request: pytest.FixtureRequest) -> tuple[int, str]:
    chosen: tuple[int, str] = request.param
    return chosen


@pytest.mark.parametrize("name", ["comparison", "index", "row"])
def test_axe_finds_nothing_serious(browser: Browser, pages: dict[str, str], name: str, paper: tuple[int, str]) -> None:
    assert findings(opened(browser, pages[name], *paper)) == []


@pytest.mark.parametrize("name", ["comparison", "row"])
def test_words_in_charts_stand_out_from_the_paper(
    browser: Browser, pages: dict[str, str], name: str, paper: tuple[int, str]
) -> None:
    words: list[dict[str, Any]] = opened(browser, pages[name], *paper).run(CONTRASTS)
    assert len(words) > 20
    assert {one["said"]: one["contrast"] for one in words if one["contrast"] < LEAST_CONTRAST} == {}
