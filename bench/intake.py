"""Opens what others wrote: regular files only, read as far as a bound, so that nothing here waits or grows for ever."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_WAY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Without waiting: to open a pipe is to wait for whoever writes to it."""


def opened(path: Path) -> BinaryIO:
    """A file to be read. Raises OSError for what cannot be, and for pipes and devices, which may never end."""
    descriptor = os.open(path, _WAY)
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind != stat.S_IFREG:
        os.close(descriptor)
        raise OSError(errno.EINVAL, f"it is {_KINDS.get(kind, 'something else')}, not a file")
    return os.fdopen(descriptor, "rb")


def content(path: Path, most: int) -> bytes:
    """All of a file. Raises OSError, also where it holds more than so many bytes."""
    with opened(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 10:,} KB, which none of its kind is")
    return data
