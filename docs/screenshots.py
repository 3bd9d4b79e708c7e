"""Photographs the report of a run for README, in a real Chromium: `python docs/screenshots.py results/RUN`."""

import argparse
import base64
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from chromium import Browser, browsing  # noqa: E402

from bench import report  # noqa: E402

WIDTH, HEIGHT, SHARPNESS = 1180, 1010, 1.5
COLOURS = 96
"""As many as a page of flat colours needs; it is a third of the bytes."""
OPENED = "document.querySelector('#rows .row:nth-child({row}) details')"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the folder of a run")
    parser.add_argument("--row", type=int, default=1, help="whose evidence is shown, by its place in the ranking")
    arguments = parser.parse_args()
    page = next(path for path in report.write(arguments.run) if path.suffix == ".html")
    with tempfile.TemporaryDirectory() as profile, browsing(Path(profile)) as browser:
        photograph(browser, page, "light", "scrollTo(0, 0)")
        row = OPENED.format(row=arguments.row)
        photograph(browser, page, "dark", f"{row}.open = true; {row}.scrollIntoView({{behavior: 'instant'}})")


def photograph(browser: Browser, page: Path, scheme: str, script: str) -> None:
    """The page's window after a script has run, as docs/images/report-<scheme>.png."""
    size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": SHARPNESS}
    browser.ask("Emulation.setDeviceMetricsOverride", **size, mobile=False)
    wanted = [{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]
    browser.ask("Emulation.setEmulatedMedia", media="", features=wanted)
    browser.open(page.resolve().as_uri())
    browser.run(f"{script}; document.fonts.ready.then(() => new Promise(done => setTimeout(done, 300)))")
    shot = base64.b64decode(browser.ask("Page.captureScreenshot", format="png")["data"])
    path = ROOT / "docs" / "images" / f"report-{scheme}.png"
    with Image.open(BytesIO(shot)) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
