"""A track as an SVG written by hand: points, levels and steps; a thousand runs must not wait for Matplotlib."""

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from bench.history import History, Step, Track
from bench.report.comparison import SAY, SHORT, step
from bench.report.drawing import short
from bench.report.wording import plain
from bench.stored.digest import METRICS, Digest

_WIDTH, _HEIGHT = 760, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 12, 24, 22
_POINT = Markup(
    '<a href="{}" tabindex="-1" aria-hidden="true"><circle class="point" cx="{}" cy="{}" r="3" data-tip="{}"/></a>'
)
_MOST_POINTS = 250
"""Beyond so many runs, points of the oldest are drawn as a line alone."""


def chart(found: History, track: Track, link: Callable[[Digest], str]) -> Markup:
    """The track as an <svg> that takes the page's colours; each point tells its value and leads to its run."""
    across, up = _scales(track)
    parts = [
        _grid(track, up),
        _line(track, across, up),
        *(
            Markup('<line class="level" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                across(level.first), across(level.end - 1), up(level.middle), up(level.middle)
            )
            for level in track.levels
        ),
        *(_step(track, one, across) for one in track.steps),
        *_points(found.runs, track, across, up, link),
        _dates(found.runs, track),
    ]
    title = f"{plain(track.row)}, {METRICS[track.metric].title}, {len(track.values)} runs"
    return Markup('<svg class="chart track" role="group" viewBox="0 0 {} {}"><title>{}</title>{}</svg>').format(
        _WIDTH, _HEIGHT, title, Markup("").join(parts)
    )


def heading(track: Track) -> str:
    return f"{METRICS[track.metric].title}{', divided by yardsticks' if track.normalised else ''}"


def _scales(track: Track) -> tuple[Callable[[int], str], Callable[[float], str]]:
    """Where the point of a number and a value are, to a tenth of a unit."""
    least, most = min(track.values), max(track.values)
    margin = max((most - least) * 0.08, abs(most) * 0.02, 1e-12)
    last = max(len(track.values) - 1, 1)
    room, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def across(at: int) -> str:
        return f"{_LEFT + room * at / last:.1f}"

    def up(value: float) -> str:
        return f"{_TOP + high * (most + margin - value) / (most - least + 2 * margin):.1f}"

    return across, up


def _grid(track: Track, up: Callable[[float], str]) -> Markup:
    """Lines at a few round values, each with its figure and unit."""
    least, most = min(track.values), max(track.values)
    size = 10.0 ** math.floor(math.log10(max(most - least, 0.04 * most)))
    spacing = next(size * by for by in (0.2, 0.5, 1, 2, 5) if max(most - least, 0.04 * most) / (size * by) <= 4)
    ticks = [spacing * at for at in range(math.ceil(least / spacing), math.floor(most / spacing) + 1)] or [least]
    return Markup("").join(
        Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>'
        ).format(
            *(_LEFT, _WIDTH - _RIGHT, up(tick), up(tick)),
            *(_LEFT - 8, float(up(tick)) + 3.5, short(SAY[track.metric](tick))),
        )
        for tick in ticks
    )


def _line(track: Track, across: Callable[[int], str], up: Callable[[float], str]) -> Markup:
    places = " ".join(f"{across(at)},{up(value)}" for at, value in enumerate(track.values))
    return Markup('<polyline class="path" points="{}"/>').format(places)


def _step(track: Track, one: Step, across: Callable[[int], str]) -> Markup:
    """A stroke before the first run of the new level, with how far it went."""
    at = (float(across(one.point - 1)) + float(across(one.point))) / 2
    ends = "end" if at > _WIDTH * 0.85 else "start" if at < _WIDTH * 0.15 else "middle"
    kind = "worse" if one.worse else "better"
    return Markup(
        '<line class="step {kind}" x1="{x}" x2="{x}" y1="{top}" y2="{low}"/>'
        '<text class="step {kind}" x="{x}" y="{said}" text-anchor="{ends}">{ratio}</text>'
    ).format(
        kind=kind,
        x=f"{at:.1f}",
        top=_TOP - 6,
        low=_HEIGHT - _BOTTOM,
        said=_TOP - 10,
        ends=ends,
        ratio=step(one.ratio.value),
    )


def _points(
    runs: Sequence[Digest],
    track: Track,
    across: Callable[[int], str],
    up: Callable[[float], str],
    link: Callable[[Digest], str],
) -> list[Markup]:
    found = []
    for at in range(max(len(track.values) - _MOST_POINTS, 0), len(track.values)):
        run, value = runs[track.runs[at]], track.values[at]
        commit = f", commit {run.commit}" if run.commit else ""
        begun = run.started[:16].replace("T", " ")
        tip = f"{begun}, {run.name}{commit}: {SHORT[track.metric]} {SAY[track.metric](value)}"
        found.append(_POINT.format(link(run), across(at), up(value), plain(tip)))
    return found


def _dates(runs: Sequence[Digest], track: Track) -> Markup:
    first, last = (runs[track.runs[at]].started[:10] for at in (0, -1))
    low = _HEIGHT - 5
    ends = [(first, _LEFT, "start"), (last, _WIDTH - _RIGHT, "end")][: 1 if len(track.runs) == 1 else 2]
    return Markup("").join(
        Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, low, anchor, escape(plain(date)))
        for date, x, anchor in ends
    )
