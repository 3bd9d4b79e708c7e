"""What a Python interpreter is and has, asked once of each: version, folder of packages, distributions."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bench.errors import ConfigurationError

_ASK = """
import json, platform, sys, sysconfig
from importlib.metadata import distributions
print(json.dumps({
    "name": platform.python_implementation() + " " + platform.python_version(),
    "packages": sysconfig.get_path("purelib"),
    "versions": {d.metadata["Name"]: d.version for d in distributions() if d.metadata["Name"]},
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """`name` is implementation and version, `versions` those of its distributions by their normalised names."""

    name: str
    packages: str
    versions: Mapping[str, str]


def of(python: str) -> Interpreter:
    """Ask the interpreter at a path; '' is this one. Raises ConfigurationError when it does not answer."""
    return _asked(python or sys.executable)


def normalised(name: str) -> str:
    """A distribution's name as all spellings of it agree on: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def ask(python: str) -> Interpreter:
    """The same, asked anew: for an environment that is being built."""
    try:
        # Isolated: neither the user's variables nor the folder we are in may add to what it has.
        done = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=True)
        said = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise ConfigurationError(f"{python} does not answer as a Python interpreter: {error}.") from None
    versions = {normalised(name): version for name, version in said["versions"].items()}
    return Interpreter(said["name"], said["packages"], versions)


_asked = cache(ask)
