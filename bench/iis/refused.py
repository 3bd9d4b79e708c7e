"""Says in one sentence why IIS could not serve an app, before it is tried: `python -m bench.iis.refused --python …`."""

import argparse
import sys
from pathlib import PureWindowsPath

from bench.errors import BenchError
from bench.iis.interpreters import interpreter
from bench.iis.site import Site, refusal


def main() -> int:
    """0 where nothing is known against it, else 2."""
    parser = argparse.ArgumentParser(prog="bench.iis.refused", description=__doc__, allow_abbrev=False)
    for name in ("--python", "--root", "--folder"):
        parser.add_argument(name, required=True)
    chosen = parser.parse_args()
    root, folder = PureWindowsPath(chosen.root), PureWindowsPath(chosen.folder)
    try:
        problem = refusal(Site("bench", 0, interpreter(chosen.python), root, folder))
    except BenchError as error:
        problem = str(error)
    if problem:
        print(problem, file=sys.stderr)
    return 2 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
