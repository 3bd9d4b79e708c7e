"""A real `bench` that says on a pipe when it has come to a moment, and waits until it is let go on; tests run it.

A moment is `step:NAME`, a phase of a run that has begun, its load on its way; `journal`, a record of which half is
written; or a function, `module:attribute`, that is about to be called. Of several each is announced once, in order.
"""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

from bench import journal
from bench.drivers.remote import Remote
from bench.running.session import Bench, Step
from bench.verbs import measuring

TELL, HEAR = map(int, os.environ.pop("ANNOUNCED_ON").split())
MOMENTS = os.environ.pop("ANNOUNCED").split()
WITHOUT_LOAD = {"step:start", "step:slots", "step:stop"}


def reached(moment: str) -> None:
    """Stay here until let go on, if this is the moment that is waited for."""
    if MOMENTS[:1] == [moment]:
        MOMENTS.pop(0)
        os.write(TELL, f"{moment}\n".encode())
        os.read(HEAR, 1)


def announce_calls(moment: str) -> None:
    module, _, path = moment.partition(":")
    owner: Any = import_module(module)
    *above, name = path.split(".")
    for part in above:
        owner = getattr(owner, part)
    real = getattr(owner, name)

    @functools.wraps(real)
    def announced(*arguments: Any, **more: Any) -> Any:
        reached(moment)
        return real(*arguments, **more)

    setattr(owner, name, announced)


def announce_steps() -> None:
    carry_out, hear, latest = measuring.carry_out, Remote._hear, [""]

    def told(tell: Callable[[Step], None], step: Step) -> None:
        tell(step)
        latest[0] = f"step:{step.phase.replace(' ', '-')}"
        if latest[0] in WITHOUT_LOAD:
            reached(latest[0])

    def heard(self: Remote, *arguments: Any) -> Any:
        # The driver has its order.
        reached(latest[0])
        return hear(self, *arguments)

    def carried_out(bench: Bench) -> Any:
        return carry_out(replace(bench, tell=functools.partial(told, bench.tell)))

    measuring.carry_out = carried_out
    Remote._hear = heard  # type: ignore[method-assign]


def announce_records() -> None:
    def written(descriptor: int, data: bytes) -> None:
        half = len(data) // 2 if data.startswith(b'{"record"') or b'"trial"' in data[:200] else 0
        os.write(descriptor, data[:half])
        if half:
            reached("journal")
        os.write(descriptor, data[half:])

    journal._written = written


if __name__ == "__main__":
    for moment in MOMENTS:
        if moment == "journal":
            announce_records()
        elif moment.startswith("step:"):
            announce_steps()
        else:
            announce_calls(moment)
    from bench import interrupts
    from bench.cli import main

    # It stays at a moment for as long as whoever waits for that needs.
    interrupts._MOMENT = 1e9
    sys.exit(main(sys.argv[1:]))
