"""What a machine has run out of, in words: by the number of an error of the system, and where there is a way out."""

import errno

_WORDS = {
    errno.EAGAIN: "no further process or thread may be started here: see 'ulimit -u' and the container's limit of pids",
    errno.EMFILE: "no further file may be opened: see 'ulimit -n'",
    errno.ENFILE: "no further file may be opened on this machine: see 'sysctl fs.file-max'",
    errno.ENOMEM: "there is no memory left",
    errno.ENOSPC: "there is no room left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk can only be read",
    errno.EIO: "the disk failed",
}


def told(error: OSError | RuntimeError) -> str | None:
    """A sentence's worth on what was lacking; None where it was nothing of the machine's."""
    if isinstance(error, RuntimeError):
        # Python says no more of a thread that could not be started.
        return _WORDS[errno.EAGAIN] if "new thread" in str(error) else None
    if "temporary directory" in str(error):
        return "no folder for temporary files can be written: set TMPDIR to one"
    words = _WORDS.get(error.errno or 0)
    return words and (f"{words} ({error.filename})" if error.filename else words)
