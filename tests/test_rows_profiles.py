"""Two ways to be told: as many slots as all others, or what documentation advises; insistence comes first."""

import json
from argparse import Namespace
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import launch
from bench.cli import main
from bench.model import Server, Settings
from bench.rows import rendering
from bench.rows.catalog import Profile, load_catalog
from bench.rows.rendering import common_slots, equalled, inequality
from bench.system.machine import longest_backlog
from bench.verbs import options

CATALOG = load_catalog()
ROWS = [server for server in CATALOG.servers.values() if server.run]
SMALL = st.integers(1, 64)


@given(workers=SMALL, threads=SMALL, formula=st.sampled_from(["workers", "threads", "workers * threads"]))
def test_a_row_whose_slots_can_be_chosen_has_as_many_as_all_others(workers: int, threads: int, formula: str) -> None:
    settings = Settings(workers=workers, threads=threads)
    server = Server("mine", "mine", "wsgi", ("{python}",), formula)
    assert rendering.slots(server, equalled(server, settings)) == common_slots(settings) == workers * threads
    assert inequality(server, settings) is None


@pytest.mark.parametrize("server", ROWS, ids=lambda server: server.name)
def test_a_row_has_as_many_slots_as_the_others_or_says_why_not(server: Server) -> None:
    settings = CATALOG.settings
    slots = rendering.slots(server, CATALOG.told(server, settings))
    assert (slots == common_slots(settings)) == (inequality(server, settings) is None)
    assert inequality(server, settings) != ""


@pytest.mark.parametrize("profile", ["equal", "recommended"])
def test_no_backlog_is_longer_than_the_kernel_allows(profile: Profile) -> None:
    known = replace(CATALOG, profile=profile)
    backlogs = {known.told(server, Settings(backlog=10**6)).backlog for server in ROWS}
    assert max(backlogs) <= longest_backlog()


def test_what_the_command_line_names_comes_over_either_profile() -> None:
    def told(*said: str, row: str = "gunicorn-gthread") -> Settings:
        named = dict(zip(said[::2], map(int, said[1::2]), strict=True))
        arguments = Namespace(**{"workers": None, "threads": None, "backlog": None, "servers": None, **named})
        found = []
        for profile in ("equal", "recommended"):
            arguments.profile = profile
            known = options.catalog(arguments)
            found.append(known.told(known.servers[row], options.settings(arguments, known.settings)))
        assert all(getattr(settings, name) == value for settings in found for name, value in named.items())
        return found[1]

    told("workers", "3", "threads", "5", row="waitress")
    told("threads", "3", row="gunicorn")
    advised = told("workers", "7", "backlog", "11")
    assert advised.threads == CATALOG.told(CATALOG.servers["gunicorn-gthread"], Settings()).threads
    assert advised.connections == 1000


def test_a_proxy_has_as_many_processes_whatever_the_profile_gives_the_row_behind_it() -> None:
    server = CATALOG.servers["wfastcgi+nginx"]
    settings = Settings(workers=3, threads=5)
    described = launch.described(CATALOG, server, settings)
    assert described.slots == 15
    assert described.commands[0][-1] == "15"
    assert "worker_processes 3;" in described.files["nginx.conf"]


def test_the_list_says_how_many_requests_a_row_works_on_and_why_that_is_not_what_others_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["list", "dev", "gunicorn", "waitress", "--json", "--workers", "2"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert [rows[name]["at_once"] for name in ("dev", "gunicorn", "waitress")] == [1, 2, 8]
    assert "in one thread" in rows["dev"]["unequal"]
    assert rows["waitress"]["unequal"] is None
    assert main(["list", "dev", "waitress"]) == 0
    text = capsys.readouterr().out
    assert "1*" in text
    assert "8*" not in text
    assert "docs/servers.md" in text
