"""Connections are refused before load where they cannot be had, with figures that would do."""

import re
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import ConfigurationError
from bench.running import preflight
from bench.system import machine


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@given(st.integers(70, 10**6), st.integers(1, 10**6), st.booleans())
def test_the_figure_in_a_refusal_is_one_that_would_do(most: int, asked: int, proxied: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preflight, "openable", lambda: most)
        patch.setattr(preflight, "_raise_soft_limit", lambda needed: None)
        try:
            preflight.allow_connections(asked, proxied=proxied)
        except ConfigurationError as error:
            found = re.search(r"--connections (\d+) at the most", str(error))
            assert found
            assert int(found[1]) < asked
            preflight.allow_connections(int(found[1]), proxied=proxied)


def test_a_machine_with_one_core_or_a_quota_is_said_to_be_one() -> None:
    here = replace(machine.probe(), cores=2, cpu_quota=None)
    assert list(preflight.cautions(here)) == []
    assert list(preflight.cautions(replace(here, cpu_quota=2.0))) == []
    (core,) = preflight.cautions(replace(here, cores=1))
    assert "share the only core" in core
    (quota,) = preflight.cautions(replace(here, cpu_quota=1.5))
    assert quota.startswith("a control group allows 1.5 of 2 cores")


def test_loopback_is_up_here() -> None:
    preflight.loopback()
