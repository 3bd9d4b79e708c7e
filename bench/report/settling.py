"""One stored run as a part of a site: its page, copied or made, and its digest, kept so that it is read only once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench import journal, report
from bench.errors import BenchError
from bench.intake import content
from bench.report import page
from bench.report.summary import summarise
from bench.stored.archive import attempted
from bench.stored.digest import Digest, digested

PAGE = "report.html"
_MOST = 64 << 20
_ALONGSIDE = ("table.csv",)
_NOTES = Path(".digests", "1")
"""Counted up when what a digest holds comes to mean something else, so that all runs are read again."""


@dataclass(frozen=True)
class Settling:
    """What is done with each run: where the site is, and which runs get their charts drawn where they have none."""

    site: Path
    drawn: frozenset[str]

    def __call__(self, run: Path) -> Digest | str:
        """The run's digest, after its page is in place; or why there is neither."""
        return attempted(run, self._settle)

    def _settle(self, run: Path) -> Digest:
        records = run / journal.FILE
        note = noted(self.site, run.name)
        target = self.site / "runs" / run.name / PAGE
        known = _kept(note, records)
        if not _newer(run / PAGE, records) and run.name in self.drawn:
            _draw(run)
        if _newer(run / PAGE, records):
            _copy(run, target.parent)
        elif known is None or not _newer(target, records):
            summary = summarise(journal.read(run))
            known = digested(summary)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(page.page(summary, ()), encoding="utf-8")
        if known is None:
            known = digested(summarise(journal.read(run)))
        if not _newer(note, records):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_bytes(msgspec.json.encode(known))
        return known


def noted(site: Path, run: str) -> Path:
    """Where the digest of a run is kept."""
    return site / _NOTES / f"{run}.json"


def _draw(run: Path) -> None:
    try:
        report.write(run)
    except BenchError:
        # A folder of results that may only be read gets a page without charts, in the site.
        return


def _kept(note: Path, records: Path) -> Digest | None:
    try:
        return msgspec.json.decode(content(note, _MOST), type=Digest) if _newer(note, records) else None
    except (OSError, ValueError, RecursionError):
        return None


def _copy(run: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name in (PAGE, *_ALONGSIDE):
        source, copy = run / name, target / name
        if source.is_file() and not (copy.is_file() and copy.stat().st_mtime_ns == source.stat().st_mtime_ns):
            shutil.copy2(source, copy)


def _newer(path: Path, records: Path) -> bool:
    return path.is_file() and path.stat().st_mtime_ns >= records.stat().st_mtime_ns
