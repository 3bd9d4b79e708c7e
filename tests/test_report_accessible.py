"""Everybody can read the page: axe-core finds nothing serious in a real Chromium, and words in charts have contrast."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import chromium
import pytest
import synthetic
from chromium import Browser

from bench import report

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")

LEAST_CONTRAST = 4.5
AXE = Path(find_spec("axe_core_python").origin).with_name("axe.min.js")  # type: ignore[union-attr, arg-type]
# What is inside a chart takes axe a minute, and of its words' contrast it knows nothing.
FINDINGS = """
axe.run({exclude: [['.chart > *']]}, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 120)).join(' ')}`))
"""
CONTRASTS = """
(() => {
  const channel = value => value <= 10.31 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [red, green, blue] = colour.match(/[0-9.]+/g).map(Number).map(channel);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('.chart text')].map(text => {
    const ink = light(getComputedStyle(text).fill);
    return {said: text.textContent, contrast: (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)};
  });
})()
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("results") / "run"
    shapes = (synthetic.sound("uwsgi"), synthetic.sound("dev"), *synthetic.SHAPES[-3:])
    report.write(synthetic.write(folder, synthetic.read(shapes, rounds=2, loads=synthetic.LOADS + synthetic.SWEEP[:3])))
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")], ids=str)
def page(browser: Browser, url: str, request: pytest.FixtureRequest) -> Browser:
    """The page with every row open, on a desktop and on a phone, on light and on dark paper."""
    return opened(browser, url, *request.param)


def opened(browser: Browser, url: str, width: int, scheme: str) -> Browser:
    features = [("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser.ask("Emulation.setEmulatedMedia", media="", features=[{"name": n, "value": v} for n, v in features])
    browser.open(url)
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    return browser


def findings(page: Browser) -> list[str]:
    """What axe-core thinks is serious or critical, with the elements."""
    page.run(f"{AXE.read_text('utf-8')}; 1")
    found: list[str] = page.run(FINDINGS)
    return found


def test_axe_finds_nothing_serious(page: Browser) -> None:
    assert findings(page) == []


def test_words_in_charts_stand_out_from_the_paper(page: Browser) -> None:
    words: list[dict[str, Any]] = page.run(CONTRASTS)
    assert len(words) > 50
    assert {one["said"]: one["contrast"] for one in words if one["contrast"] < LEAST_CONTRAST} == {}


def test_axe_would_see_what_is_wrong(browser: Browser, url: str) -> None:
    page = opened(browser, url, 1280, "light")
    page.run("document.querySelector('.pick').removeAttribute('aria-label')")
    page.run("document.querySelector('.note').style.color = 'rgb(127, 127, 127)'")
    page.run("document.body.style.background = 'rgb(127, 127, 127)'")
    assert {one.split(":")[0] for one in findings(page)} >= {"color-contrast", "label"}
