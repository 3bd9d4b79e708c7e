"""Why a connection cannot be had: for want of something on this machine, or because the server speaks no TLS."""

import errno
from ssl import SSLError

_KINDS = {errno.EADDRNOTAVAIL: "no-port", errno.EMFILE: "no-file", errno.ENFILE: "no-file"}


def kind(problem: OSError | str) -> str:
    """What a failed attempt to connect is counted as."""
    if isinstance(problem, SSLError):
        return "handshake"
    return _KINDS.get(problem.errno or 0, "connect") if isinstance(problem, OSError) else "connect"
