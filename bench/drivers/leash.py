"""A keeper for programs that know nothing of us: runs one command and ends it when its own standard input closes.

Started as a file, with only the standard library, so that it is there at once: `python leash.py CORES PROGRAM …`, where
CORES is `0,1` or `-`. Its exit status is the command's; its last line on stderr says what the command has used. The
kernel closes the pipe however the harness dies, SIGKILL included.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress


def main(cores: str, *argv: str) -> int:
    """Run a command to its end, or to that of the standard input."""
    if cores != "-" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, map(int, cores.split(",")))
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL) as command:
        threading.Thread(target=_watch, args=(command,), daemon=True).start()
        status = command.wait()
    print(json.dumps(_used()), file=sys.stderr)
    return status if status >= 0 else 128 - status


def _watch(command: "subprocess.Popen[bytes]") -> None:
    with suppress(OSError):
        while os.read(0, 1):
            pass
    command.kill()


def _used() -> dict[str, float | None]:
    try:
        import resource
    except ImportError:
        return {"cpu": None, "memory": None}
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1024
    return {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * unit}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
