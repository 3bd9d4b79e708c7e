"""The page in a real Chromium, opened from the disk: it works, and it asks nobody for anything."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import chromium
import pytest
import synthetic
from chromium import Browser

from bench import report

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")

PHONE = 360


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run of all kinds of rows, one of which says hostile things."""
    said = synthetic.read()
    records = [replace(one, failure=" ".join(synthetic.HOSTILE)) if one.failure else one for one in said.records]
    folder = synthetic.write(tmp_path_factory.mktemp("results") / "run", replace(said, records=tuple(records)))
    report.write(folder)
    return (folder / "report.html").as_uri()


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


def names(page: Browser) -> list[str]:
    found: list[str] = page.run(
        "[...document.querySelectorAll('#rows .row:not(.hidden)')].map(row => row.dataset.name)"
    )
    return found


def column(page: Browser, heading: str) -> list[str]:
    """The first column of the table after a click on a heading."""
    found: list[str] = page.run(
        "[...document.querySelectorAll('#table thead button')].find(one => one.textContent === " + repr(heading) + ")"
        ".click(); [...document.querySelectorAll('#table tbody th')].map(cell => cell.textContent)"
    )
    return found


def test_it_opens_from_the_disk_without_a_complaint_or_a_request(page: Browser, url: str) -> None:
    page.run("document.fonts.ready.then(() => 1)")
    wrong = page.happened("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
    assert wrong == []
    assert [asked["request"]["url"] for asked in page.happened("Network.requestWillBeSent")] == [url]
    assert page.run("document.querySelector('h1').textContent").startswith("uwsgi serves most")


def test_nothing_that_a_server_says_runs(page: Browser) -> None:
    assert page.happened("Page.javascriptDialogOpening") == []
    assert page.run("document.scripts.length") == 1
    assert page.run("document.images.length") == 0
    assert "<script>alert('from the log')</script>" in page.run(
        "document.querySelector('.row.struck:last-child').textContent"
    )


def test_a_script_that_got_in_all_the_same_would_be_refused(page: Browser) -> None:
    page.run(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.intruder = 1'}))"
    )
    assert page.run("window.intruder === undefined")
    assert page.run("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')") == "refused"
    assert not [one for one in page.happened("Network.responseReceived") if ":9" in one["response"]["url"]]


def test_the_ranking_sorts_by_name_and_back(page: Browser) -> None:
    placed = names(page)
    page.run("document.querySelector('[data-sort=name]').click()")
    assert names(page) == sorted(placed)
    page.run("document.querySelector('[data-sort=order]').click()")
    assert names(page) == placed


def test_what_was_not_measured_is_last_whichever_way_it_is_sorted(page: Browser) -> None:
    for _ in range(2):
        page.run("document.querySelector('[data-sort=memory]').click()")
        assert names(page)[-1] == "twisted"
    assert column(page, "loaded")[-1] == "twisted"
    assert column(page, "loaded")[-1] == "twisted"


def test_the_table_sorts_by_number_both_ways(page: Browser) -> None:
    rising = [name for name in column(page, "responses/s") if name != "twisted"]
    falling = [name for name in column(page, "responses/s") if name != "twisted"]
    assert rising == falling[::-1]
    assert (rising[0], rising[-1]) == ("processes", "uwsgi")


def test_the_filter_shows_rows_with_any_of_its_words(page: Browser) -> None:
    page.run(
        "const field = document.getElementById('filter'); field.value = 'WAITRESS, twisted';"
        "field.dispatchEvent(new Event('input'))"
    )
    assert set(names(page)) == {"waitress", "waitress+nginx", "twisted"}
    assert page.run("document.querySelectorAll('#table tbody tr:not(.hidden)').length") == 3


def test_a_ticked_row_stands_out_in_every_chart(page: Browser) -> None:
    page.run("document.querySelector('[data-name=waitress] .pick').click()")
    opacity = (
        "(name) => { const row = document.querySelector(`[data-name='${name}']`).dataset.row;"
        " return [...document.querySelectorAll('.chart')].map(chart => "
        "[...chart.querySelectorAll(`[data-row='${row}']`)].map(mark => getComputedStyle(mark).opacity)); }"
    )
    page.run("Promise.all(document.getAnimations().map(one => one.finished)).then(() => 1)")
    ticked, other = (page.run(f"({opacity})('{name}')") for name in ("waitress", "gevent"))
    assert len(ticked) == 6
    assert all(marks and set(marks) == {"1"} for marks in ticked)
    assert all(marks and all(float(mark) < 0.2 for mark in marks) for marks in other)


def test_hovering_tells_the_exact_value_with_its_unit(page: Browser) -> None:
    middle: dict[str, Any] = page.run(
        "(() => { const mark = document.querySelector('#cost [data-tip^=\"waitress:\"]');"
        " mark.scrollIntoView({block: 'center', behavior: 'instant'}); const box = mark.getBoundingClientRect();"
        " return {x: box.x + box.width / 2, y: box.y + box.height / 2}; })()"
    )
    page.point(middle["x"], middle["y"])
    assert page.run("document.getElementById('tip').textContent").startswith("waitress: CPU per response 343 µs (")
    assert not page.run("document.getElementById('tip').hidden")
    page.point(1, 1)
    assert page.run("document.getElementById('tip').hidden")


def test_a_row_opens_to_its_evidence_and_a_link_opens_it_too(page: Browser) -> None:
    visible = "document.querySelector('[data-name=\"uwsgi+nginx\"] .evidence').checkVisibility()"
    assert not page.run(visible)
    page.run("document.querySelector('[data-name=\"uwsgi+nginx\"] summary').click()")
    assert page.run(visible)
    said = page.run("document.querySelector('[data-name=\"uwsgi+nginx\"] .evidence').textContent")
    assert "nginx -p SCRATCH -c nginx.conf" in said
    assert "throughput x mean latency / connections is 1.00" in said
    page.run("[...document.querySelectorAll('#table tbody a')].find(link => link.textContent === 'dev').click()")
    page.run("new Promise(done => setTimeout(done, 100))")
    assert page.run("document.querySelector('[data-name=dev] details').open")


@pytest.mark.parametrize("width", [PHONE, 768, 1280])
def test_nothing_is_wider_than_the_screen(page: Browser, width: int) -> None:
    wide(page, width)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.querySelector('#rows .name').getBoundingClientRect().width") > 80


def test_labels_in_charts_never_touch(page: Browser) -> None:
    texts = chromium.labels(page)
    assert all(len(chart) > 10 for chart in texts)
    for chart in texts:
        assert chromium.touching(chart) == []


def test_dark_paper_has_light_ink_everywhere(page: Browser) -> None:
    shades = chromium.in_the_dark(page, "h1, .chart text, .name b, td")
    assert shades[0] < 0.15
    assert min(shades[1:]) > 0.4


def test_on_paper_the_tools_are_gone_and_the_figures_stay(page: Browser) -> None:
    figures = ["h1", "#rows .row", ".chart", "#table"]
    assert chromium.on_paper(page, "nav", ".tools", ".pick", *figures) == figures
    assert len(page.ask("Page.printToPDF", printBackground=True)["data"]) > 50_000


def test_a_report_can_be_used_by_keyboard(page: Browser) -> None:
    reach = "[...document.querySelectorAll('button, summary, input, a, pre, .sheet')].every(one => one.tabIndex >= 0)"
    assert page.run(reach)
    assert chromium.nameless(page) == 0


def test_the_browser_under_test_is_a_real_one(browser: Browser) -> None:
    assert "Chrome" in browser.ask("Browser.getVersion")["product"]
    assert Path(chromium.PROGRAM or "").is_file()
