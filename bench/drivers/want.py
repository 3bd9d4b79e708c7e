"""Connections that cannot be had for want of something on this machine, which is no fault of the server's."""

import errno

_KINDS = {errno.EADDRNOTAVAIL: "no-port", errno.EMFILE: "no-file", errno.ENFILE: "no-file"}


def kind(problem: OSError | str) -> str:
    """What a failed attempt to connect is counted as."""
    return _KINDS.get(problem.errno or 0, "connect") if isinstance(problem, OSError) else "connect"
