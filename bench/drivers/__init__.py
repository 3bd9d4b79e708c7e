"""Asking a server in earnest: each driver takes a target and a load and gives back one measured window."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TypeAlias

from bench.drivers.ab import AB
from bench.drivers.autocannon import AUTOCANNON
from bench.drivers.h2load import H2LOAD
from bench.drivers.hey import HEY
from bench.drivers.k6 import K6
from bench.drivers.oha import OHA
from bench.drivers.remote import Remote, locust
from bench.drivers.siege import SIEGE
from bench.drivers.tool import tool
from bench.drivers.wrk import WRK
from bench.errors import DriverError, did_you_mean
from bench.model import Load, Target, Window

Drive: TypeAlias = Callable[[Target, Load], Window]
"""Put one load on one target for one window; raises DriverError when nothing could be measured."""

Cores: TypeAlias = Collection[int] | None

Watch: TypeAlias = Callable[[int], None] | None
"""Told the verified responses of the window so far, some times a second, by drivers that can."""

DRIVERS: Mapping[str, Callable[[Cores, Watch], AbstractContextManager[Drive]]] = {
    "locust": locust,
    **{known.program: partial(tool, known) for known in (WRK, H2LOAD, AB, HEY, AUTOCANNON, SIEGE, OHA, K6)},
}
"""Every driver by the name people say; `locust` is the default."""

ENDING = frozenset({"locust", "siege"})
"""Drivers that can end after so many requests of each connection."""

OPEN_MODEL: Mapping[str, Collection[str]] = {"locust": ("constant", "poisson"), "k6": ("constant",)}
"""Drivers that can send by a schedule, and its arrivals; the others only know connections that wait for answers."""


def slicer(drive: Drive) -> Remote | None:
    """The driver as one that can load several targets by turns of milliseconds; None for those that cannot."""
    return drive if isinstance(drive, Remote) else None


def can_slice(name: str) -> bool:
    """Whether a driver by this name can do that here; the CPU clocks of Windows are too coarse for it."""
    return name == "locust" and os.name != "nt"


def can_drive(name: str, load: Load) -> bool:
    """Whether a driver is able to put this load on a target."""
    if load.requests_each:
        return name in ENDING
    return load.model == "closed" or load.arrivals in OPEN_MODEL.get(name, ())


@contextmanager
def driving(name: str = "locust", cores: Cores = None, watch: Watch = None) -> Iterator[Drive]:
    """Hold a driver ready, on `cores` only where given, and end all of its processes on leaving."""
    if name not in DRIVERS:
        near = did_you_mean(name, DRIVERS) or f" There is {', '.join(DRIVERS)}."
        raise DriverError(f"there is no driver '{name}'.{near}")
    with DRIVERS[name](cores, watch) as drive:
        yield drive
