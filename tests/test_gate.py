"""`bench gate` with real repositories and servers: its answers, its files, what it says to a wrong question."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from shop import bench, git, repository, wsgi

from bench import gate, instructions
from bench.contest import OTHER
from bench.errors import ConfigurationError
from bench.gate import Pace, Side
from bench.pairing import METRICS, sides
from bench.rows import builds
from bench.rows.catalog import load_catalog
from bench.rows.guest import Guest

FAST, SLOW = wsgi(), wsgi('b"".join(b"from wsgi"[n % 9:n % 9 + 1] for n in range(9009))[:9]')
KNOWN = replace(load_catalog(), insisted=frozenset({"workers", "threads"}))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return repository(tmp_path / "shop", fast=FAST, slow=SLOW, broken=wsgi(status="500 Oh"), last=FAST)


@pytest.fixture
def prepared(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Side]]:
    monkeypatch.chdir(shop)
    with builds.prepared(
        KNOWN, ["waitress"], ["fast", "slow"], Guest("shop:app", shop), "", lambda line: None
    ) as found:
        yield found["waitress"]


def test_builds_are_commits_in_folders_of_equal_length_and_leave_the_checkout_alone(
    shop: Path, prepared: list[Side]
) -> None:
    folders = [Path(side.catalog.apps["wsgi"].folder) for side in prepared]
    assert [(folder / "shop.py").read_text() for folder in folders] == [FAST, SLOW]
    assert len({len(str(folder)) for folder in folders}) == 1
    assert git(shop, "status", "--porcelain") == ""
    assert git(shop, "worktree", "list").count("\n") == 0


def test_a_round_measures_two_launches_of_each_build_at_once_and_again_with_builds_exchanged(
    prepared: list[Side],
) -> None:
    with gate.arena(*prepared, seed=1, pace=Pace()) as arena:
        rounds = [arena.conduct() for _ in range(2)]
    for round_ in rounds:
        assert sorted(entry.build for entry in round_.there) == ["base", "base", "head", "head"]
        assert [entry.build for entry in round_.back] == [OTHER[entry.build] for entry in round_.there]
        assert round_.whole
        assert not any(entry.wrong for entry in round_.entries)
        assert all(entry.slices and entry.slices.slices and entry.slices.slices.server_cpu for entry in round_.entries)
        assert 0 < round_.load_time < 10
        assert all(min(sides(round_, "cpu")[0]) > max(sides(round_, "cpu")[1]) for _ in METRICS)


def test_folders_may_be_compared_as_they_are(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "a-folder-with-a-long-name"
    other.mkdir()
    (other / "shop.py").write_text(SLOW)
    monkeypatch.chdir(shop)
    app = Guest("shop:app", shop)
    with builds.prepared(KNOWN, ["waitress"], [".", str(other)], app, "", lambda line: None) as found:
        folders = [side.catalog.apps["wsgi"].folder for side in found["waitress"]]
        assert len({len(folder) for folder in folders}) == 1
        assert (Path(folders[1]) / "shop.py").read_text() == SLOW
    assert (other / "shop.py").is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "there is nothing to compare with: name --base, or --baseline, or --save a baseline."),
        (["--base", "fest"], "there is no commit and no folder 'fest'. Did you mean 'fast'?"),
        (["--base", "--upload-pack=x"], "Try 'bench gate --help'"),
        (["--base=-x"], "there is no commit and no folder '-x'"),
        (["--base", "fast", "--head", "gunicorn==23.0.0"], "cannot be compared: name two versions, or two builds."),
        (["--base", "fast", "--server", "gunicorm"], "there is no row 'gunicorm'. Did you mean 'gunicorn'?"),
        (["--base", "fast", "--server", "uvicorn"], "uvicorn cannot run here: it serves asgi, and shop:app is WSGI."),
        (["--base", "fast", "--max-time", "3"], "--max-time 3 is too short"),
        (["--base", "fast", "--detect", "0"], "--detect 0 can never be met"),
        (["--base", "fast", "--margin", "much"], "'much' is no share: write 2% or 0.02"),
        (["--base", "fast", "--baseline", "b.json"], "--base and --baseline cannot go together"),
        (["--base", "broken"], "gunicorn gave no right answer in time, at last 500"),
        (["--base", "fast", "--project", "nowhere"], "has no folder 'nowhere'"),
        (["--instructions", "--save", "b.json"], "--instructions compares two builds: name --base."),
    ],
)
def test_a_wrong_question_is_a_sentence_and_exit_code_two(shop: Path, arguments: list[str], sentence: str) -> None:
    said = bench(shop, "gate", "--app", "shop:app", *arguments)
    assert said.returncode == 2, said.stdout
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr
    assert said.stdout == ""


def test_outside_of_a_repository_git_says_why(tmp_path: Path) -> None:
    said = bench(tmp_path, "gate", "--base", "main", "--app", "shop:app", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert said.returncode == 2
    assert "there is no commit and no folder 'main'" in said.stderr


def test_an_environment_that_cannot_be_built_is_exit_code_two(shop: Path, tmp_path: Path) -> None:
    (shop / "requirements.txt").write_text("itsdangerous==99.0\n")
    said = bench(shop, "gate", "--base", "fast", "--app", "shop:app", XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert said.returncode == 2
    # The working tree asks for it, the base does not.
    assert "bench: .: the environment for requirements.txt could not be built" in said.stderr


@pytest.mark.slow
def test_a_head_that_fails_is_slower_by_its_errors_alone(shop: Path) -> None:
    source = 'import os\nif os.getcwd():\n    raise RuntimeError("no such table")\n'
    repository(shop, dead=source)
    said = bench(shop, "gate", "--app", "shop:app", "--interface", "wsgi", "--base", "fast", "--head", "dead", "--json")
    assert said.returncode == 1, said.stderr
    answer = json.loads(said.stdout)
    assert (answer["decision"], answer["effect"], answer["rounds"]) == ("slower", None, 2)
    assert "head cannot be started" in answer["reasons"][0]


@pytest.mark.slow
def test_a_much_slower_head_is_told_everywhere(shop: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("gate.md", "gate.xml", "gate.json", "summary.md")}
    said = bench(
        shop,
        *("gate", "--app", "shop:app", "--base", "fast", "--head", "slow", "--server", "waitress", "--json"),
        *("--detect", "20%", "--markdown", files["gate.md"], "--junit", files["gate.xml"]),
        *("--action-benchmark", files["gate.json"]),
        GITHUB_STEP_SUMMARY=str(files["summary.md"]),
    )
    assert said.returncode == 1, said.stderr
    answer = json.loads(said.stdout)
    assert answer["decision"] == "slower"
    assert answer["effect"]["low"] > 1.2
    promised = {"decision", "effect", "minimum_detectable_effect", "metric", "rounds", "load_time"}
    assert promised <= answer.keys()
    assert answer["rows"][0]["name"] == "waitress"
    comment = files["gate.md"].read_text()
    assert comment.startswith("<!-- deploybench gate -->\n## bench gate: slower\n\n`slow` against `fast`.")
    assert files["summary.md"].read_text() == comment
    suite = ElementTree.parse(files["gate.xml"]).getroot()  # noqa: S314  written by ourselves
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "1", "0")
    (figure,) = json.loads(files["gate.json"].read_text())
    assert figure["unit"] == "%"
    assert figure["value"] == pytest.approx(100 * answer["effect"]["value"], abs=0.01)


@pytest.mark.slow
def test_instructions_tell_builds_apart_whatever_the_machine_does(shop: Path) -> None:
    said = bench(shop, "gate", "--app", "shop:app", "--base", "fast", "--head", "last", "--instructions", "--json")
    assert said.returncode == 0, said.stderr
    answer = json.loads(said.stdout)
    assert answer["metric"] == "instructions"
    assert abs(answer["effect"]["value"] - 1) < 0.001
    assert "no system calls" in " ".join(answer["notes"])


def test_without_valgrind_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instructions, "find", lambda program: None)
    with pytest.raises(ConfigurationError, match="needs the program 'valgrind': apt-get install valgrind"):
        instructions.available()
