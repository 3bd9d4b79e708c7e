"""What a run that was cut short is compared with, and the command that goes on with it."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.model import App
from bench.rows.catalog import Catalog, load_catalog
from bench.running import resume
from bench.verbs import resuming, run

CATALOG = load_catalog()
OWN = argparse.Namespace(
    app="shop:app", project=Path("my shop"), interface="", path="/", servers=None, python="", host=""
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "web.py").write_text("app = 1")
    return tmp_path


def hosting(folder: Path) -> Catalog:
    return replace(CATALOG, apps={**CATALOG.apps, "wsgi": App("wsgi", "shop.web:app", str(folder))})


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda folder: (folder / "shop" / "web.py").write_text("app = 2"),
    "renamed": lambda folder: (folder / "shop" / "web.py").rename(folder / "shop" / "site.py"),
    "one more": lambda folder: (folder / "shop" / "more.py").touch(),
}
REST: dict[str, Callable[[Path], object]] = {
    "a result": lambda folder: (folder / "records.jsonl").touch(),
    "compiled": lambda folder: [(folder / "__pycache__").mkdir(), (folder / "__pycache__" / "a.py").touch()],
    "an environment": lambda folder: [(folder / ".venv").mkdir(), (folder / ".venv" / "a.py").touch()],
    "a link to nothing": lambda folder: (folder / "a.py").symlink_to(folder / "nothing"),
}


@pytest.mark.parametrize(("change", "same"), [*((name, False) for name in CHANGES), *((name, True) for name in REST)])
def test_an_app_is_known_by_its_python_files(project: Path, change: str, same: bool) -> None:
    before = resume.digest(hosting(project), ["waitress", "gunicorn"])
    (CHANGES | REST)[change](project)
    assert (resume.digest(hosting(project), ["waitress", "gunicorn"]) == before) is same


def test_another_app_of_the_same_files_is_another(project: Path) -> None:
    known = hosting(project)
    other = replace(known.apps["wsgi"], target="shop.web:other")
    assert resume.digest(known, ["waitress"]) != resume.digest(
        replace(known, apps={**known.apps, "wsgi": other}), ["waitress"]
    )


def test_only_apps_that_are_served_count(project: Path) -> None:
    assert resume.digest(hosting(project), ["uvicorn"]) == resume.digest(CATALOG, ["uvicorn"])
    assert resume.digest(hosting(project), ["waitress"]) != resume.digest(CATALOG, ["waitress"])


def test_settings_that_somebody_named_are_found_out() -> None:
    settings = replace(CATALOG.settings, workers=3, threads=2)
    literal = replace(CATALOG, insisted=frozenset({"workers"}))
    rows = {
        name: resume.launch.described(literal, CATALOG.servers[name], settings) for name in ("waitress", "gunicorn")
    }
    seen = resume.same_rows(Path("run"), argparse.Namespace(servers=rows, settings=settings), CATALOG)  # type: ignore[arg-type]
    assert seen.insisted == {"workers"}


def test_the_command_that_goes_on_names_variables_without_their_values() -> None:
    arguments = argparse.Namespace(**vars(OWN), env=["KEY=secret", "HOME"])
    assert resuming.how(Path("results/run"), arguments) == (
        "bench run --resume results/run --app shop:app --project 'my shop' --path / --env KEY --env HOME"
    )


def test_the_command_that_goes_on_with_the_projects_own_app_is_short() -> None:
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    arguments = parser.parse_args(["waitress", "--servers", "my.toml", "--rounds", "3", "--host", "0.0.0.0"])
    assert resuming.how(Path("run"), arguments) == "bench run --resume run --servers my.toml --host 0.0.0.0"
