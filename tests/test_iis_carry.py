"""Plans are carried out on an IIS that is pretended: it takes all of them, and is afterwards as it was before."""

from dataclasses import replace
from pathlib import PureWindowsPath as Path

import pytest
from appcmd import pretended
from hypothesis import given
from hypothesis import strategies as st
from iis_schema import faults
from test_iis_plan import DEFAULTS, PLATFORM, TUNED

from bench.errors import BenchError
from bench.iis.carry import carry_out, put_up, seen, take_down, try_out
from bench.iis.leftovers import leftovers
from bench.iis.plan import Ended
from bench.iis.site import Site

SITES = st.builds(
    replace,
    st.sampled_from([TUNED, DEFAULTS, PLATFORM]),
    waking=st.sampled_from(["ondemand", "running", "preload", "initialised"]),
    processes=st.integers(0, 10_000),
    backlog=st.integers(1, 100_000),
    environment=st.dictionaries(st.sampled_from(["A", "B", "PYTHONHASHSEED"]), st.sampled_from(["1", r"C:\x", ""])),
)


@given(site=SITES)
def test_iis_takes_what_it_is_told_and_is_afterwards_as_it_was_before(site: Site) -> None:
    machine, appcmd = pretended()
    bare = appcmd.text()
    before = put_up(site, machine)
    assert faults(appcmd.text()) == []
    assert seen(machine) != before
    assert list(appcmd.backups) == [site.name]
    take_down(site, machine, before)
    assert appcmd.text() == bare
    assert appcmd.backups == {}


@pytest.mark.parametrize("failing", ["add site", "handlers /+", "icacls", "start site", "userName"])
def test_what_fails_half_way_is_taken_back(failing: str) -> None:
    machine, appcmd = pretended(failing)
    bare = appcmd.text()
    with pytest.raises(BenchError, match="ended with 5 and said: ERROR"):
        put_up(TUNED, machine)
    assert appcmd.text() == bare


def test_an_app_that_cannot_be_compiled_is_served_all_the_same() -> None:
    machine, appcmd = pretended("compileall")
    put_up(TUNED, machine)
    assert "bench-20001-7" in appcmd.text()


def test_what_cannot_be_taken_back_is_named_with_its_backup() -> None:
    machine, appcmd = pretended("delete site")
    before = put_up(TUNED, machine)
    with pytest.raises(BenchError, match=r'there is now SITE "bench-20001-7".*appcmd restore backup bench-20001-7'):
        take_down(TUNED, machine, before)
    assert list(appcmd.backups) == ["bench-20001-7"]


def test_what_others_lose_meanwhile_is_told_and_what_benches_do_is_not() -> None:
    other = replace(TUNED, name="bench-20002-8", port=20002, root=Path(r"C:\t\bench-y"))
    machine, _ = pretended()
    first = put_up(TUNED, machine)
    second = put_up(other, machine)
    take_down(TUNED, machine, first)
    take_down(other, machine, second)
    before = put_up(TUNED, machine)
    machine.appcmd("delete", "site", "/site.name:Default Web Site")
    with pytest.raises(BenchError, match='there is no longer SITE "Default Web Site"'):
        take_down(TUNED, machine, before)


def test_workers_that_do_not_end_are_killed() -> None:
    machine, appcmd = pretended()
    killed: list[int] = []
    appcmd.workers["lazy"] = [4711]
    carry_out([Ended("lazy")], replace(machine, kill=killed.append))
    assert killed == [4711]


def test_what_a_killed_harness_left_is_removed_and_what_lives_is_not() -> None:
    machine, appcmd = pretended()
    bare = appcmd.text()
    put_up(TUNED, machine)
    assert leftovers(seen(machine), lambda pid: pid == 7, lambda path: True) == ()
    gone = leftovers(seen(machine), lambda pid: False, lambda path: False)
    try_out(gone, machine)
    assert appcmd.text() == bare
