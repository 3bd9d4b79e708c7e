"""`bench load`: the load driver alone, against any URL of this machine."""

from bench.drivers.cli import add_arguments
from bench.drivers.cli import load_command as execute

__all__ = ["add_arguments", "execute"]
