"""What tests of broken drivers begin with: a server that answers rightly, and `bench load` in a folder of its own."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from loading import Start, load
from scripted import HELLO, Scripted, always, scripted


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with scripted(always(HELLO)) as server:
        yield server


@pytest.fixture
def start(tmp_path: Path) -> Start:
    return partial(load, tmp_path)
