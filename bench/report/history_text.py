"""A history in words: on a terminal, and as one JSON object; docs/compare.md says what each means."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.differences import Difference
from bench.history import History, Step, Track
from bench.report import letters
from bench.report.comparison import SAY, SHORT, changed, reach, step
from bench.report.headline import counted
from bench.report.script import Json
from bench.report.wording import listed, plain
from bench.stored.digest import METRICS, Digest

_SPARKS = "▁▂▃▄▅▆▇█"
_WIDEST = 40
_MOST_DIFFERENCES = 4


def headline(found: History) -> str:
    """The answer in one sentence: whose newest level is worse than the one before."""
    if len(found.runs) < 2:
        return f"{counted(len(found.runs), 'run').capitalize()} could be read: a history needs several."
    worse: dict[str, list[str]] = {}
    for track in found.worsened:
        worse.setdefault(track.row, []).append(_figure(track))
    if worse:
        rows = listed([f"{row} ({', '.join(figures)})" for row, figures in worse.items()])
        return f"Worse than before, and still so in the newest of {len(found.runs)} runs: {rows}."
    steps = sum(len(track.steps) for track in found.tracks)
    if not steps:
        return f"No level has changed over {len(found.runs)} runs."
    return f"No newest level is worse than the one before; {counted(steps, 'step')} in {len(found.runs)} runs."


def remarks(found: History) -> list[str]:
    """What divides the figures, and what could not be read."""
    divided = any(track.normalised for track in found.tracks)
    return [
        *([f"Figures that move with the machine are divided by {listed(found.yardsticks)}."] if divided else []),
        *(f"{plain(name)} is left out: {plain(why)}" for name, why in found.broken.items()),
    ]


def page(found: History, width: int | None = None, *, colour: bool | None = None, unicode: bool | None = None) -> str:
    """The history as text for standard output; what is not given is asked of the terminal. NO_COLOR is obeyed."""
    out = StringIO()
    colour = sys.stdout.isatty() if colour is None else colour
    console = Console(file=out, width=width, force_terminal=colour, highlight=False, legacy_windows=False)
    console.print(Text(headline(found), "bold"))
    for remark in remarks(found):
        console.print(remark, markup=False)
    if len(found.runs) > 1:
        console.print()
        console.print(_table(found, console.width))
    for track in found.tracks:
        for one in track.steps:
            console.print()
            _tell(console, found.runs, track, one)
    return letters.written(out.getvalue(), unicode)


def as_object(found: History) -> dict[str, Json]:
    """Runs from the oldest to the newest; values by the number of their run; a step's ratio is later / earlier."""
    return {
        "headline": headline(found),
        "runs": [{"run": run.folder, "started": run.started, "commit": run.commit} for run in found.runs],
        "yardsticks": list(found.yardsticks),
        "tracks": [_track(found.runs, track) for track in found.tracks],
        "broken": dict(found.broken),
    }


def commits(runs: Sequence[Digest], one: Step) -> str:
    """The range to look at, as git takes it; empty where a run does not know its commit."""
    # A plus behind a commit says that its files were changed; git knows only the commit.
    before, after = ((runs[at].commit or "").rstrip("+") for at in (one.before, one.after))
    if not before or not after:
        return ""
    return f"{before}..{after}" if before != after else f"{before}, the same commit"


def told(differences: Sequence[Difference]) -> list[str]:
    """What was not the same between two runs, but for the commit, which is told by itself."""
    return [f"{one.group}, {one.name}: {changed(one)}" for one in differences if one.name != "commit"]


def _figure(track: Track) -> str:
    return f"{SHORT[track.metric]} {step(track.steps[-1].ratio.value)}"


def _table(found: History, width: int) -> Table:
    grid = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading, justify in (("row", "left"), ("figure", "left"), ("newest", "right"), ("", "left"), ("steps", "left")):
        grid.add_column(heading, justify=justify, no_wrap=heading != "row", overflow="fold")  # type: ignore[arg-type]
    room = min(_WIDEST, max(width - 62, 0))
    last = None
    for track in found.tracks:
        if len(track.values) < 2:
            continue
        style = "red" if track.worsened else ""
        grid.add_row(
            Text("" if track.row == last else plain(track.row)),
            Text(SHORT[track.metric], style),
            SAY[track.metric](track.values[-1]),
            Text(_sparks(track.values, room), "dim"),
            Text(", ".join(step(one.ratio.value) for one in track.steps[-3:]), style),
        )
        last = track.row
    return grid


def _sparks(values: Sequence[float], room: int) -> str:
    """The newest values as bars from the least to the most of them."""
    shown = values[-room:] if room else ()
    if not shown:
        return ""
    least, most = min(shown), max(shown)
    spread = most - least or 1.0
    return "".join(_SPARKS[round((value - least) / spread * (len(_SPARKS) - 1))] for value in shown)


def _tell(console: Console, runs: Sequence[Digest], track: Track, one: Step) -> None:
    name = f"{plain(track.row)}, {METRICS[track.metric].title}: "
    interval = f" ({reach(one.ratio)})" if reach(one.ratio) else ""
    colour = "red" if one.worse else "green"
    console.print(Text.assemble((name, "bold"), (f"{one.word}, {step(one.ratio.value)}{interval}", colour)))
    where = f"  between {runs[one.before].folder} and {runs[one.after].folder}"
    console.print(Text(where, "dim"))
    if commits(runs, one):
        console.print(Text(f"  commits {plain(commits(runs, one))}", "dim"))
    for line in told(one.differences)[:_MOST_DIFFERENCES]:
        console.print(Text(f"  {line}", "dim"))


def _track(runs: Sequence[Digest], track: Track) -> Mapping[str, Json]:
    return {
        "row": track.row,
        "metric": track.metric,
        "normalised": track.normalised,
        "runs": list(track.runs),
        "values": list(track.values),
        "levels": [asdict(level) for level in track.levels],
        "steps": [_step(runs, one) for one in track.steps],
        "worsened": track.worsened,
    }


def _step(runs: Sequence[Digest], one: Step) -> Mapping[str, Json]:
    return {
        "before": runs[one.before].folder,
        "after": runs[one.after].folder,
        "commits": [runs[one.before].commit, runs[one.after].commit],
        "ratio": asdict(one.ratio),
        "word": one.word,
        "worse": one.worse,
        "differences": [asdict(each) for each in one.differences],
    }
