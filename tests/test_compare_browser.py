"""The page of a comparison in a real Chromium, opened from the disk."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import chromium
import comparisons
import pytest
from chromium import Browser

from bench.report import comparison_page
from bench.report.forest import forest

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")

PHONE = 360


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two runs in which much is not the same, and hostile things are said."""
    path = comparison_page.write(comparisons.whole(), tmp_path_factory.mktemp("comparison"))
    assert path.with_suffix(".png").stat().st_size > 50_000
    return path.as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Browser:
    """The page, freshly opened on a desktop's screen."""
    wide(browser, 1280)
    browser.ask("Emulation.setEmulatedMedia", media="", features=[])
    browser.open(url)
    return browser


def wide(browser: Browser, width: int) -> None:
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)


def column(page: Browser, heading: str, number: int) -> list[str]:
    """A column of the table after a click on a heading."""
    found: list[str] = page.run(
        "[...document.querySelectorAll('#table thead button')].find(one => one.textContent === " + repr(heading) + ")"
        ".click(); [...document.querySelectorAll('#table tbody tr')]"
        f".map(line => line.children[{number}].dataset.value)"
    )
    return found


def test_it_opens_from_the_disk_without_a_complaint_or_a_request(page: Browser, url: str) -> None:
    page.run("document.fonts.ready.then(() => 1)")
    assert page.happened("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled") == []
    assert [asked["request"]["url"] for asked in page.happened("Network.requestWillBeSent")] == [url]
    assert page.run("document.querySelector('h1').textContent").startswith("In branch, twisted and processes")


def test_what_was_not_the_same_comes_before_any_ratio(page: Browser) -> None:
    assert page.run("[...document.querySelectorAll('main section')].map(one => one.id)") == [
        "changed",
        "ratios",
        "figures",
        "runs",
    ]
    said = page.run("document.getElementById('changed').textContent.replace(/\\s+/g, ' ')")
    assert "gunicorn 27.0.1 → 28.0.0" in said
    assert "geventvanished the second run was not asked for it" in said
    assert "threadednew" in said
    assert "twistedworked before FAILED" in said


@pytest.mark.fault("security", "scripts in what two compared runs say", "shown as text in the browser, never run")
def test_nothing_that_a_server_or_a_file_says_runs(page: Browser) -> None:
    assert page.happened("Page.javascriptDialogOpening") == []
    assert page.run("document.scripts.length") == 1
    assert page.run("document.images.length") == 0
    assert "<script>alert('from the log')</script>" in page.run("document.getElementById('changed').textContent")
    page.run("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.it = 1'}))")
    assert page.run("window.it === undefined")


def test_the_table_sorts_by_ratio_both_ways_with_what_has_none_last(page: Browser) -> None:
    rising, falling = column(page, "ratio", 4), column(page, "ratio", 4)
    known = [float(one) for one in rising if one]
    assert known == sorted(known)
    assert [float(one) for one in falling if one] == known[::-1]
    assert rising[-1] == falling[-1] == ""


def test_the_filter_and_following_a_row(page: Browser) -> None:
    page.run(
        "const field = document.getElementById('filter'); field.value = 'waitress+';"
        "field.dispatchEvent(new Event('input'))"
    )
    shown = "[...new Set([...document.querySelectorAll('#table tbody tr:not(.hidden)')].map(one => one.dataset.name))]"
    assert page.run(shown) == ["waitress+nginx"]
    page.run("document.querySelector('#table tbody tr:not(.hidden) .follow').click()")
    page.run("Promise.all(document.getAnimations().map(one => one.finished)).then(() => 1)")
    row = page.run("document.querySelector('#table tr.picked').dataset.row")
    opacity = (
        "[...document.querySelectorAll('.chart .mark')].map(one => [one.dataset.row, getComputedStyle(one).opacity])"
    )
    marks: list[list[str]] = page.run(opacity)
    assert {strong for of, strong in marks if of == row} == {"1"}
    assert all(float(strong) < 0.2 for of, strong in marks if of != row)


def test_hovering_tells_ratio_interval_values_and_word(page: Browser) -> None:
    middle: dict[str, Any] = page.run(
        "(() => { const mark = document.querySelector('#ratios [data-tip^=\"waitress: CPU\"]');"
        " mark.scrollIntoView({block: 'center', behavior: 'instant'}); const box = mark.getBoundingClientRect();"
        " return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()"
    )
    page.point(middle["x"], middle["y"])
    said = page.run("document.getElementById('tip').textContent")
    assert said.startswith("waitress: CPU +")
    assert said.endswith(": slower")


@pytest.mark.parametrize("width", [PHONE, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Browser, width: int) -> None:
    wide(page, width)
    assert page.run("document.documentElement.scrollWidth") <= width


def test_labels_in_the_chart_never_touch(page: Browser) -> None:
    texts = list(chain.from_iterable(chromium.labels(page)))
    assert len(texts) > 100
    assert chromium.touching(texts) == []


def test_dark_paper_has_light_ink_everywhere(page: Browser) -> None:
    shades = chromium.in_the_dark(page, "h1, .chart text, td, del, ins")
    assert shades[0] < 0.15
    assert min(shades[1:]) > 0.4


def test_on_paper_the_tools_are_gone_and_the_figures_stay(page: Browser) -> None:
    figures = ["h1", ".changed", ".chart", "#table"]
    assert chromium.on_paper(page, "nav", ".tools", *figures) == figures
    assert len(page.ask("Page.printToPDF", printBackground=True)["data"]) > 50_000


def test_it_can_be_used_by_keyboard(page: Browser) -> None:
    assert page.run("[...document.querySelectorAll('button, input, a, pre, .sheet')].every(one => one.tabIndex >= 0)")
    assert chromium.nameless(page) == 0


@pytest.mark.parametrize("rows", [["waitress"], ["waitress", "dev"], list(comparisons.ROWS)])
def test_the_chart_has_a_mark_for_every_ratio(rows: list[str]) -> None:
    found = comparisons.compare_runs(comparisons.run(), comparisons.run(seed=2, name="two"), rows)
    chart = forest(found)
    assert chart
    marks = {
        one.get_gid() for axes in chart.figure.axes for one in axes.lines if (one.get_gid() or "").startswith("row|")
    }
    assert len(marks) == len([one for one in found.changes if one.ratio])
