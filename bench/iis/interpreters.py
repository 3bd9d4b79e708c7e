"""Asks a Windows Python what it is: where its environment lies, what that is based on, how wide its pointers are."""

import json
import subprocess
from pathlib import PureWindowsPath

from bench.errors import BenchError
from bench.iis.site import Interpreter

_ASK = """
import json, struct, sys
print(json.dumps([sys.executable, sys.prefix, sys.base_prefix, 8 * struct.calcsize("P")]))
"""


def interpreter(python: str) -> Interpreter:
    """Raises BenchError when it does not answer."""
    try:
        done = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=True)
        executable, prefix, base, bits = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise BenchError(f"{python} does not answer as a Python interpreter: {error}.") from None
    return Interpreter(PureWindowsPath(executable), PureWindowsPath(prefix), PureWindowsPath(base), bits)
