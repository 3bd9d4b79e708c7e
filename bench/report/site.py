"""A folder of runs as a small static site: an index, each run's page, what neighbours differ in, each row's history.

Everything is linked relatively and nothing is fetched, so that it works from the disk and on GitHub Pages.
"""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.compare import Comparison, compare_runs
from bench.errors import BenchError
from bench.history import History
from bench.report import comparison_page, track_chart
from bench.report.comparison import step
from bench.report.document import document
from bench.report.headline import counted
from bench.report.history_text import commits, headline, remarks, told
from bench.report.settling import PAGE, Settling, noted
from bench.stored.digest import Digest

MARK = ".nojekyll"
"""Has GitHub Pages serve the folder as it is, and shows that we made it."""
DRAWN = 10
"""How many of the newest runs get what is dear: charts where their page is missing, a page that compares neighbours."""

_UNSAFE = re.compile(r"[^\w.+-]+")


@dataclass(frozen=True)
class Entry:
    """One run in the index: what it found, and how it stands to the run before it."""

    run: Digest
    page: str
    believed: int
    since: str
    compared: str | None


def begin(site: Path, runs: Sequence[Path], drawn: int = DRAWN) -> Settling:
    """Make the site's folder, or find the one that we made; gives what is to be done with each of the runs.

    Raises BenchError where something else is there, or nothing can be written.
    """
    if site.exists() and not (site / MARK).is_file() and (not site.is_dir() or any(site.iterdir())):
        raise BenchError(f"{site} is there already and no site of ours: name another with --out.")
    try:
        site.mkdir(parents=True, exist_ok=True)
        (site / MARK).touch()
    except OSError as error:
        raise BenchError(f"the site cannot be written to {site}: {error.strerror}. Name another with --out.") from None
    return Settling(site, frozenset(run.name for run in runs[-drawn:] if drawn))


def write(found: History, site: Path, drawn: int = DRAWN) -> Path:
    """Write the index, the rows' histories and the comparisons; the runs' own pages are there. Gives the index."""
    rows = _files(list(dict.fromkeys(track.row for track in found.tracks)))
    for name, file in rows.items():
        _put(site / "rows" / file, _row_page(found, name))
    entries = [*_entries(found, site, drawn)]
    _put(
        site / "index.html",
        document(
            "site.html",
            styles=("page.css", "site.css"),
            headline=headline(found),
            remarks=remarks(found),
            entries=entries[::-1],
            rows=[_listed(found, name, f"rows/{quote(file)}") for name, file in rows.items()],
            broken=found.broken,
            worsened={track.row for track in found.worsened},
        ),
    )
    _tidy(site, {"runs": {run.folder for run in found.runs}, "rows": {*rows.values()}})
    return site / "index.html"


def _entries(found: History, site: Path, drawn: int) -> Iterator[Entry]:
    last: Digest | None = None
    for at, run in enumerate(found.runs):
        between = compare_runs(last, run) if last and last.rows.keys() & run.rows.keys() else None
        page = f"compare/{run.folder}.html"
        if between and at >= len(found.runs) - drawn:
            _compare(between, site / page, site)
        there = (site / page).is_file()
        yield Entry(
            run=run,
            page=f"runs/{quote(run.folder)}/{PAGE}",
            believed=sum(row.valid for row in run.rows.values()),
            since=_since(between),
            compared=quote(page) if between and there else None,
        )
        last = run


def _compare(between: Comparison, path: Path, site: Path) -> None:
    """The page of two neighbours, unless it is newer than what is known of both."""
    notes = [noted(site, run.folder) for run in between.runs]
    if path.is_file() and all(path.stat().st_mtime_ns >= note.stat().st_mtime_ns for note in notes if note.is_file()):
        return
    comparison_page.write(between, path)


def _since(between: Comparison | None) -> str:
    if between is None:
        return ""
    gone = [*between.lost, *between.vanished]
    counts = [
        (len({one.row for one in between.worse}), "worse"),
        (len({one.row for one in between.better}), "better"),
        (len(gone), "gone"),
        (len(between.new), "new"),
    ]
    return ", ".join(f"{counted(count, 'row')} {word}" for count, word in counts if count)


def _row_page(found: History, name: str) -> str:
    tracks = [track for track in found.tracks if track.row == name]

    def link(run: Digest) -> str:
        return f"../runs/{quote(run.folder)}/{PAGE}"

    return document(
        "row.html",
        styles=("page.css", "site.css"),
        headline=f"{name} over {counted(max(len(track.values) for track in tracks), 'run')}",
        name=name,
        charts=[(track, track_chart.heading(track), track_chart.chart(found, track, link)) for track in tracks],
        runs=found.runs,
        link=link,
        step=step,
        commits=commits,
        told=told,
    )


def _listed(found: History, name: str, page: str) -> Mapping[str, object]:
    """A row in the index: its newest cost, and the small chart of it."""
    tracks = [track for track in found.tracks if track.row == name]
    main = next((track for track in tracks if track.metric == "cpu"), tracks[0])

    def link(run: Digest) -> str:
        return f"runs/{quote(run.folder)}/{PAGE}"

    return {
        "name": name,
        "page": page,
        "steps": sum(len(track.steps) for track in tracks),
        "title": track_chart.heading(main),
        "chart": track_chart.chart(found, main, link) if len(main.values) > 1 else None,
    }


def _files(names: Sequence[str]) -> dict[str, str]:
    """A file name for each row, whatever the row is called, none twice."""
    files: dict[str, str] = {}
    for name in names:
        plain = _UNSAFE.sub("_", name).strip(".") or "row"
        taken = {file.lower() for file in files.values()}
        number = next(number for number in range(1, len(names) + 2) if _file(plain, number).lower() not in taken)
        files[name] = _file(plain, number)
    return files


def _file(name: str, number: int) -> str:
    return f"{name}.html" if number == 1 else f"{name}-{number}.html"


def _put(path: Path, text: str) -> None:
    """Write a page unless it says so already, so that what did not change keeps its time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _tidy(site: Path, kept: Mapping[str, set[str]]) -> None:
    """Remove the pages of runs and rows that are no more."""
    for folder, names in kept.items():
        for path in (site / folder).iterdir() if (site / folder).is_dir() else ():
            if path.name not in names:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
