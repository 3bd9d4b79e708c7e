"""A row that does not work on as many requests at once as its table says fails, unless the table says why."""

import json
from pathlib import Path

import pytest

from bench.check import LAUNCHES
from bench.cli import main

ROW = """
[mine]
title = "Waitress, one thread"
serves = "wsgi"
run = ["{python} -m waitress --listen={host}:{port} --threads=1 --connection-limit={connections} {app}"]
slots = "4"
"""


def checked(table: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object], str]:
    (folder / "my.toml").write_text(table)
    command = ["check", "mine", "--servers", str(folder / "my.toml")]
    status = main([*command, "--json"])
    seen: dict[str, object] = json.loads(capsys.readouterr().out)[0]
    return status, seen, str(seen["failure"])


def test_slots_that_differ_fail_but_only_after_another_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, seen, failure = checked(ROW, tmp_path, capsys)
    assert status == 1
    assert not seen["ok"]
    assert (seen["slots_expected"], seen["slots_measured"], seen["launches"]) == (4, 1, LAUNCHES)
    assert failure.startswith(
        "it works on 1 requests at once in each of 3 launches, where its table's `slots` come to 4"
    )


def test_slots_that_differ_for_a_stated_reason_are_told_but_do_not_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, seen, _ = checked(ROW + 'slots_excuse = "three are always asleep"\n', tmp_path, capsys)
    assert status == 0
    assert seen["ok"]
    assert seen["launches"] == 1
    assert seen["quirks"] == ["works on 1 at once instead of 4: three are always asleep"]
