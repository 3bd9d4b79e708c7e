"""Commands as they are asked in one process: what they answer, and the one sentence with which they refuse."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.cli import main


def asked(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """The exit code, standard output and standard error; whatever is no BenchError comes out as it is."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The sentence of a command that ends with 2, which must be one line and all that is said."""
    code, out, err = asked(capsys, *arguments)
    assert (code, out) == (2, ""), err
    assert err.startswith("bench: ")
    assert err.count("\n") == 1, err
    assert len(err) < 2000
    assert err.strip().isprintable(), err
    return err.removeprefix("bench: ").strip()


def lines(path: Path) -> list[str]:
    """The lines of a file without their ends."""
    return path.read_text("utf-8").splitlines()


def put(path: Path, text: Sequence[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in text), "utf-8")
    return path
