"""What must be so before anything is measured: told or refused in a sentence at once, not found out in mid-run."""

import socket
import sys
from collections.abc import Iterator

from bench.drivers.poller import SELECTABLE
from bench.errors import BenchError, ConfigurationError
from bench.model import Machine

_OTHER_FILES = 64
"""Files that a driver or a server has open beside its connections."""
_ANY_NUMBER = 2**20
_DISCARD = 9


def openable() -> int:
    """How many files a process may open when it asks for as many as it can get."""
    if sys.platform == "win32":
        return _ANY_NUMBER
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return _ANY_NUMBER if hard == resource.RLIM_INFINITY else hard


def connectable() -> int:
    """How many connections one process may have open, and wait for all at once."""
    return SELECTABLE if sys.platform == "win32" else openable() - _OTHER_FILES


def allow_connections(count: int, *, proxied: bool = False) -> None:
    """Let this process and those that it starts open so many connections, twice as many where a front passes them on.

    Raises ConfigurationError with the figures where the hard limit is in the way.
    """
    if sys.platform == "win32" and count > SELECTABLE:
        raise ConfigurationError(
            f"{count} connections are more than Python's select takes on Windows: {SELECTABLE} at the most."
        )
    needed, most = count * (1 + proxied) + _OTHER_FILES, openable()
    if needed > most:
        each = ", two each behind a front proxy," if proxied else ""
        raise ConfigurationError(
            f"{count} connections need {needed} open files{each} and a process may open {most} here: raise that with "
            f"'ulimit -Hn {needed}' as root, or use --connections {max(1, connectable() // (1 + proxied))} at the most."
        )
    _raise_soft_limit(needed)


def loopback() -> None:
    """Raise BenchError when nothing on this machine can be reached: in a new network namespace it is not up."""
    with socket.socket(type=socket.SOCK_DGRAM) as trial:
        try:
            trial.connect(("127.0.0.1", _DISCARD))
        except OSError as error:
            raise BenchError(
                f"127.0.0.1 cannot be reached ({error.strerror}): have the loopback interface up: ip link set lo up."
            ) from None


def cautions(here: Machine) -> Iterator[str]:
    """What is to be known about this machine before its figures are."""
    if here.cores == 1:
        yield "server and driver share the only core: a row's capacity is what is left of it beside the driver"
    if here.cpu_quota is not None and here.cpu_quota < here.cores:
        yield f"a control group allows {here.cpu_quota:g} of {here.cores} cores, and stops all processes beyond that"


def _raise_soft_limit(needed: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
