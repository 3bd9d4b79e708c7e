"""Digests and comparisons for tests: small runs of sound rows, and a pair of runs in which much is not the same."""

from collections.abc import Callable
from dataclasses import replace

import synthetic
from synthetic import SHAPES, Shape, sound

from bench.compare import Comparison, compare_runs
from bench.journal import Journal
from bench.model import Record, Window
from bench.stored.digest import Digest, digest

ROWS = ("gunicorn", "gunicorn-gthread", "waitress", "uwsgi", "gevent")

Alter = Callable[[Journal], Journal]


def journal(*shapes: Shape, seed: int = 1, name: str = "one", rounds: int = 5) -> Journal:
    """A run of these rows, or of ROWS."""
    said = synthetic.read(shapes or tuple(map(sound, ROWS)), rounds, seed)
    return replace(said, path=said.path.parent / name / "records.jsonl", run=replace(said.run, name=name))


def run(*shapes: Shape, seed: int = 1, name: str = "one", rounds: int = 5, also: Alter = lambda said: said) -> Digest:
    """Its digest, after something was done to its journal."""
    return digest(also(journal(*shapes, seed=seed, name=name, rounds=rounds)))


def windows(alter: Callable[[Window], Window]) -> Alter:
    """Do something to every window."""

    def altered(record: Record) -> Record:
        return replace(record, windows=tuple(map(alter, record.windows)))

    return lambda said: replace(said, records=tuple(map(altered, said.records)))


def slowed(share: float) -> Shape:
    """A waitress that needs so many times its CPU time."""
    shape = sound("waitress")
    return replace(shape, cpu=shape.cpu * share, capacity=shape.capacity / share)


def branched(said: Journal) -> Journal:
    """Another version, other settings, and a file that wants to do harm."""
    row = said.run.servers["uwsgi+nginx"]
    hostile = replace(row, files={"nginx.conf": "\n".join([row.files["nginx.conf"], *synthetic.HOSTILE])})
    return replace(
        said,
        run=replace(
            said.run,
            commit="<b>&\"'",
            versions={**said.run.versions, "gunicorn": "28.0.0"},
            settings=replace(said.run.settings, workers=4),
            servers={**said.run.servers, "uwsgi+nginx": hostile},
        ),
        records=tuple(
            replace(one, failure=" ".join(synthetic.HOSTILE)) if one.failure else one for one in said.records
        ),
    )


def whole() -> Comparison:
    """Sixteen rows: one slower, two that stopped working, one that a busy driver spoils, one gone, one new."""
    before = [replace(shape, flaw="") for shape in SHAPES if shape.name != "threaded"]
    after = [shape if shape.name != "waitress" else slowed(1.3) for shape in SHAPES if shape.name != "gevent"]
    return compare_runs(run(*before, name="main"), run(*after, seed=5, name="branch", also=branched))
