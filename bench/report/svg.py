"""A chart as part of the page: the same drawing, but it takes the page's colours and type and knows its rows."""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from io import StringIO

import matplotlib
from markupsafe import Markup

from bench.report import drawing
from bench.report.drawing import Chart
from bench.report.wording import plain

_VARIABLES: Mapping[str, str] = {
    drawing.INK: "ink",
    drawing.MUTED: "muted",
    drawing.LINE: "line",
    drawing.PAPER: "paper",
    drawing.ACCENT: "accent",
    drawing.SECOND: "second",
    drawing.WRONG: "wrong",
    **{colour: f"series-{order}" for order, colour in enumerate(drawing.SERIES)},
}
_COLOUR = re.compile("|".join(_VARIABLES))
_ROW = re.compile(r'id="row\|([^"|]*)\|([^"]*)"')
_HEADING = re.compile(rf'<g id="{drawing.HEADING}">.*?</g>', re.DOTALL)
_NAMELESS = re.compile(r' id="[A-Za-z0-9.]+_\d+"')
_ROOT = re.compile(r"<svg[^>]*>.*?(?=<defs>)", re.DOTALL)
_PATH = re.compile(r'(?<= d=")[^"]+')
_TOO_EXACT = re.compile(r"(\.\d)\d+")
_SPACE = re.compile(r"\s*\n\s*")


def drawn(chart: Chart, names: Sequence[str]) -> Markup:
    """The figure as an <svg> element: colours are the page's variables, marks carry `data-row` and `data-tip`."""
    out = StringIO()
    with matplotlib.rc_context({"svg.hashsalt": chart.name}):
        chart.figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = _ROOT.sub(lambda _: _root(chart), text, count=1)
    text = _ROW.sub(lambda found: _mark(found, names), text)
    for pattern in (_HEADING, _NAMELESS):
        text = pattern.sub("", text)
    # Paths to a tenth of a point: a third of the page would be digits that no screen can show.
    text = _PATH.sub(lambda found: _TOO_EXACT.sub(r"\1", found.group()), text)
    text = _COLOUR.sub(lambda found: f"var(--{_VARIABLES[found.group()]})", text)
    text = _SPACE.sub(" ", text.replace("font-family: 'DejaVu Sans'", "font-family: inherit"))
    return Markup(plain(text))  # nosec B704  # noqa: S704  Matplotlib escaped it


def _root(chart: Chart) -> str:
    """Without the strip that holds the heading, which the page writes itself."""
    width, height = (72 * inches for inches in chart.figure.get_size_inches())
    head = 72 * (drawing.HEAD - 0.22)
    return (
        f'<svg class="chart" role="img" aria-labelledby="title-{chart.name}"'
        f' viewBox="0 {head:g} {width:g} {height - head:g}" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )


def _mark(found: "re.Match[str]", names: Sequence[str]) -> str:
    name, tip = unescape(found.group(1)), found.group(2)
    row = f' data-row="{names.index(name)}"' if name in names else ""
    return f'class="mark"{row}' + (f' data-tip="{tip}"' if tip else "")
