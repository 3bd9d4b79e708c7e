"""The documentation does what it says: commands exist, links lead somewhere, generated parts are up to date."""

import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.cli import build_parser
from bench.model import Load, Request, Server
from bench.rows.catalog import load_catalog
from bench.rows.rendering import HOLES

ROOT = Path(__file__).parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
FENCED = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(?<!`)`((?:make|docker compose|\.venv/bin/bench|bench) [^`…]+)`(?!`)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
PIN = re.compile(r"[\w./-]+@[0-9a-f]{40}")


def commands() -> Iterator[tuple[str, str]]:
    """Each command that a page shows, with the page's name."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in FENCED.findall(text):
            yield from ((page.name, line) for line in block.replace("\\\n", "").splitlines() if line.strip())
        yield from ((page.name, line) for line in INLINE.findall(FENCED.sub("", text)))


def is_understood(words: list[str]) -> bool:
    """Whether bench takes these arguments, rows included."""
    rows = getattr(build_parser().parse_args(words), "rows", None)
    return rows is None or "--servers" in words or bool(load_catalog().select(rows))


def made(words: list[str], folder: Path) -> list[str]:
    """The arguments that `make …` hands to bench; none where it calls something else."""
    (folder / "bench").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (folder / "bench").chmod(0o755)
    dry = [] if words[1] in ("bench", "report") else ["--dry-run"]
    command = [
        str(shutil.which("make")),
        *dry,
        "-o",
        ".venv/.ready",
        "-o",
        ".venv/.installed",
        f"BIN={folder}",
        *words[1:],
    ]
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return [] if dry else done.stdout.splitlines()


@pytest.mark.parametrize(("page", "command"), [*dict.fromkeys(commands())])
def test_a_command_that_is_shown_exists(page: str, command: str, tmp_path: Path) -> None:
    for part in command.split("&&"):
        words = shlex.split(part, comments=True)
        program = Path(words[0]).name
        if program == "make":
            arguments = made(words, tmp_path)
            assert not arguments or is_understood(arguments)
        elif program == "bench":
            assert is_understood(words[1:])
        elif program == "docker":
            assert words[:2] == ["docker", "compose"]
            assert words[-1] in yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
        else:
            assert program in ("git", "cd", "sudo", "cp", "systemctl"), f"{page} shows {command}"


@pytest.mark.parametrize("arguments", [["list"], ["list", "@nginx", "--json"], ["--version"], ["run", "--help"]])
def test_what_can_be_tried_at_once_works(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "bench", *arguments], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout
    assert not done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    lost = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert lost == []


def test_generated_documentation_is_up_to_date() -> None:
    generated = runpy.run_path(str(ROOT / "docs" / "generate.py"))["generated"]()
    stale = [path.name for path, text in generated.items() if not path.is_file() or path.read_text("utf-8") != text]
    assert stale == [], "run `make docs`"


def test_the_readme_names_every_row_that_is_run_by_default() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [server.name for server in load_catalog().select(["@default"]) if f"| `{server.name}` |" not in readme] == []


def test_contributing_holds_exactly_three_recipes() -> None:
    headings = re.findall(r"^## \d\. (.+)$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    assert headings == ["Add a server", "Add a driver", "Add a report"]


def test_the_server_that_contributing_adds_really_runs(tmp_path: Path) -> None:
    table = re.search(r"```toml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    assert table
    (tmp_path / "my.toml").write_text(table[1])
    check = [sys.executable, "-m", "bench", "check", "waitress-single", "--json", "--servers", "my.toml"]
    seen = json.loads(subprocess.run(check, cwd=tmp_path, capture_output=True, check=True).stdout)[0]
    assert seen["ok"]
    assert seen["slots_measured"] == seen["slots_expected"] == 1


def test_every_key_and_every_hole_is_explained() -> None:
    explained = set(re.findall(r"`\{?(\w+)\}?`", (ROOT / "docs" / "tables.md").read_text("utf-8")))
    keys = {field.name for kind in (Server, Load, Request) for field in fields(kind)} - {"name", "sought"}
    between = {f"port{number}" for number in range(3, 9)}
    assert (keys | HOLES | {"instance"}) - between - explained == set()


def workflows() -> Iterator[dict[str, Any]]:
    yield from (yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / ".github" / "workflows").glob("*.yml"))


def test_workflows_may_only_read_and_name_their_actions_by_hash() -> None:
    found = [*workflows()]
    assert found
    for workflow in found:
        assert workflow["permissions"] == {"contents": "read"}
        steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
        used = [step["uses"] for step in steps if step.get("uses", "./") != "./"]
        assert [action for action in used if not PIN.fullmatch(action)] == []


def test_the_container_takes_the_variables_that_make_takes() -> None:
    service = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]["bench"]
    line = next(line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if line.startswith("bench:"))
    assert sorted(service["environment"]) == sorted(re.findall(r"\b[A-Z_]+(?==)", line))
