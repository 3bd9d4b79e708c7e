"""Nothing in the source runs what it reads: no shell, no code out of files; and workflows trust no stranger."""

import ast
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import synthetic
import yaml

from bench import journal, report
from bench.errors import BenchError

ROOT = Path(__file__).parent.parent.parent
SOURCES = [path for folder in ("bench", "apps", "docs", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
FORBIDDEN = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput",
    "subprocess.getstatusoutput", "yaml.load", "yaml.unsafe_load", "pandas.read_pickle", "numpy.load",
    "asyncio.create_subprocess_shell", "tempfile.mktemp",
}  # fmt: skip
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "yaml", "xmlrpc", "code", "pty"}
STARTS = {"Popen", "run", "call", "check_call", "check_output", "execv", "execve", "execvp", "posix_spawn"}
ACTIONS = [ROOT / "action.yml", *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
HOSTILE = "$(touch pwned)`touch pwned`;touch pwned\n\"'"


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def places(found: Iterator[tuple[Path, ast.AST]]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}" for path, node in found]


def test_nothing_is_given_to_a_shell() -> None:
    shells = (
        (path, call)
        for path in SOURCES
        for _, call in calls(path)
        for keyword in call.keywords
        if keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
    )
    assert places(shells) == []


def test_nothing_that_runs_text_is_called() -> None:
    assert places((path, call) for path in SOURCES for name, call in calls(path) if name in FORBIDDEN) == []


def test_nothing_is_imported_that_loads_code_from_data() -> None:
    found = (
        (path, node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and any(one.name.split(".")[0] in NEVER_IMPORTED for one in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in NEVER_IMPORTED)
    )
    assert places(found) == []


def test_no_program_is_started_by_a_line_of_text() -> None:
    """What is started is a list of words; a text, put together or not, would be split or looked up by somebody."""
    lines = (
        (path, call)
        for path in SOURCES
        for name, call in calls(path)
        if name.rpartition(".")[2] in STARTS and name.startswith(("subprocess.", "os.")) and call.args
        and isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.Constant)
        and not isinstance(getattr(call.args[0], "left", None), ast.List)
    )  # fmt: skip
    assert places(lines) == []


@pytest.mark.parametrize(
    "line",
    [
        b'{"format": 1, "run": {"py/reduce": [{"py/function": "os.system"}, ["touch pwned"]]}}',
        b"cos\nsystem\n(S'touch pwned'\ntR.",
        b"!!python/object/apply:os.system ['touch pwned']",
        b'{"__class__": "subprocess.Popen", "args": ["touch", "pwned"]}',
    ],
)
@pytest.mark.fault(
    "security", "a results file that holds code: pickles, YAML tags", "it is refused as damaged, not run"
)
def test_a_results_file_is_data(line: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = synthetic.write(tmp_path / "run", synthetic.read())
    path = folder / journal.FILE
    first, *others = path.read_bytes().splitlines(keepends=True)
    for text in (line + b"\n" + b"".join(others), first + line + b"\n" + b"".join(others)):
        path.write_bytes(text)
        with pytest.raises(BenchError):
            report.write(folder)
    assert not list(tmp_path.rglob("pwned"))


def scripts(said: Any) -> Iterator[str]:
    """Every shell script in a workflow or an action."""
    if isinstance(said, dict):
        if isinstance(said.get("run"), str):
            yield said["run"]
        said = list(said.values())
    for part in said if isinstance(said, list) else ():
        yield from scripts(part)


@pytest.mark.parametrize("path", ACTIONS, ids=lambda path: path.name)
def test_no_workflow_trusts_a_stranger(path: Path) -> None:
    text = path.read_text("utf-8")
    said = yaml.safe_load(text)
    # What others can write comes in by variables, which the shell does not read as its own text.
    assert not [script for script in scripts(said) if "${{" in script]
    assert not re.search(r"pull_request_target|secrets\.|write-all|: write", text)
    assert re.findall(r"uses: (?!\./|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v[\d.]+$)(.*)$", text, re.M) == []
    if path.name != "action.yml":
        assert said["permissions"] == {"contents": "read"}
        assert not [job for job in said["jobs"].values() if job.get("permissions")]
        checkouts = [
            step for job in said["jobs"].values() for step in job["steps"] if "checkout" in step.get("uses", "")
        ]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)
        assert all("timeout-minutes" in job for job in said["jobs"].values())


@pytest.mark.fault(
    "security", "a pull request whose names are commands, in the action", "they arrive as words, none is run"
)
def test_the_action_runs_nothing_of_what_it_is_told(tmp_path: Path) -> None:
    steps = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["runs"]["steps"]
    (step,) = [step for step in steps if step.get("id") == "gate"]
    recorder = tmp_path / "bench"
    recorder.write_text('#!/bin/sh\nprintf "%s\\0" "$@" > argv\nexit 3\n')
    recorder.chmod(0o755)
    told = dict.fromkeys(step["env"], HOSTILE) | {"BENCH": str(recorder), "TEMP": str(tmp_path)}
    told |= {"SERVER": "* $(touch_pwned)", "OPTIONS": "--x=$(touch_pwned) *", "GITHUB_OUTPUT": str(tmp_path / "output")}
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    done = subprocess.run(
        bash, cwd=tmp_path, env={"PATH": os.environ["PATH"], **told}, capture_output=True, check=False
    )
    assert done.returncode == 3, done.stderr
    argv = (tmp_path / "argv").read_text().split("\0")
    assert [argv[argv.index(f"--{name}") + 1] for name in ("base", "head", "app", "project", "python")] == [HOSTILE] * 5
    assert [argv[at + 1] for at, word in enumerate(argv) if word == "--server"] == ["*", "$(touch_pwned)"]
    assert argv[-3:-1] == ["--x=$(touch_pwned)", "*"]
    assert (tmp_path / "output").read_text().splitlines()[0] == "decision=undecided"
    assert not list(tmp_path.rglob("pwned"))


GH = """#!/bin/sh
case "$1 $2" in
  "run download") mkdir gate && {made} ;;
  "pr list") echo 7 ;;
  *) for word in "$@"; do case "$word" in body=@*) cat "${{word#body=@}}" > posted ;; esac; done ;;
esac
"""


@pytest.mark.parametrize(
    ("made", "posted"),
    [
        ("ln -s ../token gate/gate.md", None),
        ("mkfifo gate/gate.md", None),
        ("printf '@octocat %s' \"$(yes | head -n 70000)\" > gate/gate.md", "@\N{WORD JOINER}octocat y"),
    ],
)
@pytest.mark.fault(
    "security", "a fork's artifact that is a link to a secret, endless, or calls people", "not posted so"
)
def test_what_a_fork_hands_over_is_taken_for_hostile(made: str, posted: str | None, tmp_path: Path) -> None:
    guide = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "gate.md").read_text("utf-8"), re.DOTALL)
    (workflow,) = [said for said in map(yaml.safe_load, guide) if said["name"] == "comment"]
    (script,) = scripts(workflow)
    (tmp_path / "token").write_text("the runner's secret")
    (tmp_path / "gh").write_text(GH.format(made=made))
    (tmp_path / "gh").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(
        bash, cwd=tmp_path, env={"PATH": path, "RUN": "1", "SHA": "2", "GH_REPO": "a/b"}, check=False, timeout=30
    )
    if posted is None:
        assert done.returncode
        assert not (tmp_path / "posted").exists()
    else:
        said = (tmp_path / "posted").read_text()
        assert said.startswith(posted)
        assert 10_000 < len(said) < 65_536


def test_what_comes_with_a_hash_is_what_is_installed() -> None:
    """The action and make install by hash alone, and build with nothing that is fetched for it."""
    for path in (ROOT / "action.yml", ROOT / "Makefile", ROOT / "Dockerfile"):
        installs = re.findall(r"install [^\n]*-r [^\n]*", path.read_text("utf-8"))
        assert all("--require-hashes" in line for line in installs), path.name
    schema = json.dumps(yaml.safe_load((ROOT / "action.yml").read_text("utf-8")))
    assert "--require-hashes" in schema
