"""The pinned requirements: whole, hashed, free of addresses, and what pyproject.toml asks for."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
# A requirement begins at the start of a line; its hashes follow on lines of their own.
ENTRY = re.compile(r"^([^\s#-].*?)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in ("requirements.txt", "requirements-dev.txt")}
PINNED = {name: [Requirement(entry.rstrip(" \\")) for entry, _ in ENTRY.findall(text)] for name, text in TEXTS.items()}
FILES = pytest.mark.parametrize("name", TEXTS)
SYSTEMS = ("linux", "darwin", "win32")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def asked(name: str) -> list[Requirement]:
    """What pyproject.toml asks for that a file must bring: what `make bench` needs, or that and everything else."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = told["dependency-groups"]
    lines = [*told["project"]["dependencies"], *told["build-system"]["requires"], *groups["build"]]
    if name == "requirements-dev.txt":
        lines += [line for line in groups["dev"] if isinstance(line, str)]
        lines += told["project"]["optional-dependencies"]["servers"]
    return [Requirement(line) for line in lines]


def environments() -> Iterator[dict[str, str]]:
    """What markers are judged by, on every system and Python that the project is for."""
    here = {name: str(value) for name, value in default_environment().items()}
    for system in SYSTEMS:
        for python in PYTHONS:
            yield {**here, "sys_platform": system, "python_version": python, "python_full_version": f"{python}.0"}


def holds(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


def pinned(name: str, distribution: str, environment: dict[str, str]) -> list[Version]:
    """The versions that an environment would install of a distribution by one of the files."""
    return [
        Version(next(iter(requirement.specifier)).version)
        for requirement in PINNED[name]
        if canonicalize_name(requirement.name) == canonicalize_name(distribution) and holds(requirement, environment)
    ]


@FILES
def test_every_line_is_a_comment_or_part_of_a_hashed_pin(name: str) -> None:
    understood = "\n".join(f"{entry}{hashes}" for entry, hashes in ENTRY.findall(TEXTS[name]))
    assert "\n".join(line for line in TEXTS[name].splitlines() if not line.startswith("#")) == understood
    assert all([specifier.operator for specifier in pin.specifier] == ["=="] for pin in PINNED[name])


@FILES
def test_nothing_in_it_is_an_address(name: str) -> None:
    assert not re.search(r"://|file:|\s@\s|(?<![\w-])--(?!hash=)|(^|[\s=\"'])[.~]?/", TEXTS[name])


@FILES
def test_it_satisfies_what_the_project_asks_for_on_every_system_and_python(name: str) -> None:
    for environment in environments():
        for requirement in asked(name):
            if holds(requirement, environment):
                versions = pinned(name, requirement.name, environment)
                assert len(versions) == 1, f"{requirement.name} on {environment}: run `make lock`"
                assert requirement.specifier.contains(versions[0]), f"{requirement}: run `make lock`"


@FILES
def test_no_system_is_given_two_versions_of_anything(name: str) -> None:
    for environment in environments():
        assert all(len(pinned(name, pin.name, environment)) <= 1 for pin in PINNED[name])


def test_both_files_pin_the_same_versions() -> None:
    for environment in environments():
        for requirement in PINNED["requirements.txt"]:
            if holds(requirement, environment):
                one, other = (pinned(name, requirement.name, environment) for name in TEXTS)
                assert one == other, f"{requirement.name} on {environment}: run `make lock`"


def test_what_builds_is_installed_before_what_must_be_built() -> None:
    assert {"hatchling", "setuptools"} <= {pin.name for pin in PINNED["requirements.txt"]}
    assert "wfastcgi" not in {pin.name for pin in PINNED["requirements.txt"]}
