"""Whatever servers, apps and files are called and say, the report shows it in a real Chromium and runs none of it."""

from collections.abc import Iterator
from dataclasses import replace

import chromium
import pytest
import synthetic
from chromium import Browser

from bench import report
from bench.model import Manner

RUNS = "window.pwned = 1"
HOSTILE = (
    f"\"><script>{RUNS}</script></script><script>{RUNS}</script><img src=x onerror='{RUNS}'><svg onload='{RUNS}'>"
    f"'\" onmouseover='{RUNS}' autofocus onfocus='{RUNS}' \u2028{RUNS}\u2029 javascript:{RUNS} {{{{ 7 * 7 }}}}"
    f"<a href='javascript:{RUNS}'>x</a><style>body{{display:none}}</style></style>"
    f"<iframe srcdoc='<script>parent.{RUNS}'>"
    "\u202egpj.exe\u202c \x1b[31m \x00 ]]> <!-- <meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>"
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of a run in which everything that others write is hostile: names, headers, bodies, logs, files."""
    shapes = (replace(synthetic.sound("uwsgi"), name=HOSTILE), *synthetic.SHAPES[-2:])
    said = synthetic.read(shapes)
    manner = Manner("HTTP/1.1", True, True, 200, HOSTILE, ((HOSTILE, HOSTILE),))
    records = [
        replace(one, log=(HOSTILE,), failure=one.failure and HOSTILE, manner=one.manner and manner)
        for one in said.records
    ]
    rows = {
        name: replace(one, title=HOSTILE, docs=f"javascript:{RUNS}", commands=((HOSTILE,),), files={HOSTILE: HOSTILE})
        for name, one in said.run.servers.items()
    }
    told = {HOSTILE: HOSTILE}
    run = replace(said.run, name=HOSTILE, commit=HOSTILE, driver=HOSTILE, servers=rows, versions=told, unavailable=told)
    folder = synthetic.write(tmp_path_factory.mktemp("results") / "run", replace(said, run=run, records=tuple(records)))
    report.write(folder)
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Browser]:
    assert chromium.PROGRAM, "Chromium must be installed: .ci/run does that"
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        browser.open(url)
        yield browser


@pytest.mark.fault("security", "scripts in row names, headers, logs, files and links of a run", "the report runs none")
def test_a_report_runs_nothing_that_others_wrote(page: Browser, url: str) -> None:
    page.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.run(
        "[...document.querySelectorAll('a, button, summary, [tabindex]')].forEach(one => { one.focus(); one.click() })"
    )
    page.run("[...document.querySelectorAll('*')].forEach(one => one.dispatchEvent(new Event('mouseover')))")
    assert page.run("window.pwned === undefined")
    assert page.run("document.scripts.length") == 1
    assert page.run("document.querySelectorAll('img, iframe, object, embed, form, base, link').length") == 0
    attributes = page.run("[...document.querySelectorAll('*')].flatMap(one => one.getAttributeNames())")
    assert not [name for name in attributes if name.startswith("on")]
    links = "[...document.links].map(one => one.protocol).filter(kind => !['file:', 'http:', 'https:'].includes(kind))"
    assert page.run(links) == []
    assert page.run("getComputedStyle(document.body).display") != "none"
    assert {asked["request"]["url"].split("#")[0] for asked in page.happened("Network.requestWillBeSent")} == {url}
    assert page.happened("Page.javascriptDialogOpening", "Page.frameRequestedNavigation") == []


def test_the_report_shows_it_all_the_same(page: Browser) -> None:
    said = page.run("document.body.textContent")
    assert f"<script>{RUNS}</script>" in said
    assert "{{ 7 * 7 }}" in said
    assert {"\u202e", "\u2028", "\x1b", "\x00"} & {*said} == set()
