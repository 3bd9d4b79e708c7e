"""A sound row to spoil: its records, changed in one thing each, and the verdict on them."""

from collections.abc import Callable
from dataclasses import replace

import synthetic

from bench.judgement import Verdict
from bench.model import Record, Run, Window
from bench.validity import judge

RUN: Run = synthetic.run()


def trials(name: str = "waitress") -> list[Record]:
    said = synthetic.read((synthetic.sound(name),))
    return list(said.records)


def changed(change: Callable[[Window], Window], name: str = "waitress") -> Verdict:
    """The verdict on a sound row of which every window was changed."""
    return judge([replace(one, windows=tuple(map(change, one.windows))) for one in trials(name)], RUN)


def closed(**figures: object) -> Callable[[Window], Window]:
    return lambda window: replace(window, **figures) if window.model == "closed" else window  # type: ignore[arg-type]
