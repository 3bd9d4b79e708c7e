"""What the doctor found, kept beside the runs: where the driver disturbs least when cost is measured here."""

from pathlib import Path
from typing import Literal

import msgspec

from bench.doctor.floor import Floor, Placement
from bench.errors import ConfigurationError
from bench.model import Machine

FILE = "doctor.json"
_SAME = ("system", "architecture", "processor", "cores", "server_cores", "driver_cores")


class Finding(msgspec.Struct, frozen=True):
    """Where it was found, and which placement is for sure the quieter one."""

    machine: Machine
    placement: Placement
    kind: Literal["bench doctor"] = "bench doctor"


def keep(folder: Path, floor: Floor, here: Machine) -> Path:
    """Write down the placement of choice, in a folder of runs."""
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(Finding(here, floor.choice))) + b"\n")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}. Name another folder.") from None
    return path


def kept(folder: Path, here: Machine) -> Placement | None:
    """What was found on this very machine; None where nothing was. Raises ConfigurationError for a damaged file."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Finding)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} is not what `bench doctor` wrote: {error}. Remove it.") from None
    same = all(getattr(found.machine, name) == getattr(here, name) for name in _SAME)
    return found.placement if same else None
