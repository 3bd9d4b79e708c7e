"""The pinned requirements: whole, hashed, free of addresses, and what pyproject.toml asks for."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "requirements.txt").read_text("utf-8")
# A requirement begins at the start of a line; its hashes follow on lines of their own.
ENTRIES = re.findall(r"^([^\s#-].*?)((?: \\\n +--hash=sha256:[0-9a-f]{64})+)$", TEXT, re.MULTILINE)
PINNED = [Requirement(entry.rstrip(" \\")) for entry, _ in ENTRIES]
SYSTEMS = ("linux", "darwin", "win32")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def asked() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    lines += project["project"]["optional-dependencies"]["servers"]
    return [Requirement(line) for line in [*lines, *project["build-system"]["requires"]]]


def environments() -> Iterator[dict[str, str]]:
    """What markers are judged by, on every system and Python that the project is for."""
    here = {name: str(value) for name, value in default_environment().items()}
    for system in SYSTEMS:
        for python in PYTHONS:
            yield {**here, "sys_platform": system, "python_version": python, "python_full_version": f"{python}.0"}


def pinned(name: str, environment: dict[str, str]) -> list[Version]:
    """The versions that an environment would install of a distribution."""
    return [
        Version(next(iter(requirement.specifier)).version)
        for requirement in PINNED
        if canonicalize_name(requirement.name) == canonicalize_name(name)
        and (requirement.marker is None or requirement.marker.evaluate(environment))
    ]


def test_every_line_is_a_comment_or_part_of_a_hashed_pin() -> None:
    understood = "\n".join(f"{entry}{hashes}" for entry, hashes in ENTRIES)
    assert "\n".join(line for line in TEXT.splitlines() if not line.startswith("#")) == understood
    assert all([specifier.operator for specifier in pin.specifier] == ["=="] for pin in PINNED)


def test_nothing_in_it_is_an_address() -> None:
    assert not re.search(r"://|file:|\s@\s|(?<![\w-])--(?!hash=)|(^|[\s=\"'])[.~]?/", TEXT)


def test_it_satisfies_what_the_project_asks_for_on_every_system_and_python() -> None:
    for environment in environments():
        for requirement in asked():
            if requirement.marker is None or requirement.marker.evaluate(environment):
                versions = pinned(requirement.name, environment)
                assert len(versions) == 1, f"{requirement.name} on {environment}: run `make lock`"
                assert requirement.specifier.contains(versions[0]), f"{requirement}: run `make lock`"


def test_no_system_is_given_two_versions_of_anything() -> None:
    for environment in environments():
        assert all(len(pinned(pin.name, environment)) <= 1 for pin in PINNED)
