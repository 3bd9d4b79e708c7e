"""The table of faults is made of the tests' marks, and is long."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FAULTS = runpy.run_path(str(ROOT / "docs" / "faults.py"))


def test_a_mark_becomes_a_line_of_the_table(tmp_path: Path) -> None:
    marks = [
        'pytest.mark.fault("machine", "the disk is full", "it is told")',
        'pytest.mark.fault("server", "dies", "so")',
    ]
    (tmp_path / "test_a.py").write_text(f"x = pytest.param(1, marks={marks[0]})\n@{marks[1]}\ndef test_b(): ...\n")
    found = [(fault.subject, fault.what, fault.outcome, fault.file) for fault in FAULTS["faults"](tmp_path)]
    assert found == [("server", "dies", "so", "test_a.py"), ("machine", "the disk is full", "it is told", "test_a.py")]


def test_a_subject_unheard_of_is_refused(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text('@pytest.mark.fault("weather", "rain", "wet")\ndef test_b(): ...\n')
    with pytest.raises(ValueError, match="weather"):
        FAULTS["faults"](tmp_path)
