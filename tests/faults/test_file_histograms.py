"""Histograms of a results file that do not decode: the line that holds one is named, and a bomb is not let off."""

import base64
import json
import shutil
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from asked import asked, lines, put, refused
from sealing import sealed
from synthetic import sound

from bench import histogram, journal
from bench.errors import BenchError
from bench.histogram import Histogram

COOKIE, INNER = 0x1C849314, 0x1C849313


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results") / "20261120T120000-run"
    said = synthetic.read((sound("waitress"),), rounds=2, loads=synthetic.LOADS[:2])
    return synthetic.write(folder, replace(said, run=replace(said.run, machine=said.run.machine)))


@pytest.fixture
def run(stored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored, tmp_path / stored.name))


def wrapped(inner: bytes, cookie: int = COOKIE, length: int | None = None) -> str:
    packed = zlib.compress(inner)
    return base64.b64encode(histogram._WRAPPER.pack(cookie, length or len(packed)) + packed).decode()


def counting(payload: bytes, cookie: int = INNER, digits: int = 3) -> str:
    return wrapped(histogram._HEADER.pack(cookie, len(payload), 0, digits, 1, 60_000_000, 1.0) + payload)


def bomb() -> str:
    """A hundred megabytes of nothing in a hundred kilobytes."""
    return wrapped(bytes(100 << 20))


def varint(number: int) -> bytes:
    return histogram._varint(number)


BROKEN: list[object] = [
    pytest.param(lambda good: "no base64 !", "Only base64 data is allowed", id="base64",
                 marks=pytest.mark.fault("file", "a histogram is no base64", "file, line, window and load are named")),
    pytest.param(lambda good: good[:-8], "length is another", id="cut",
                 marks=pytest.mark.fault("file", "a histogram is cut off", "file, line, window and load are named")),
    pytest.param(lambda good: wrapped(b"x", cookie=5), "its cookie or length is another", id="cookie",
                 marks=pytest.mark.fault("file", "a histogram has a cookie of another format",
                                         "file and line are named")),
    pytest.param(lambda good: counting(b"\2", cookie=7), "its inner cookie or length is another", id="inner cookie"),
    pytest.param(lambda good: counting(b"\2", digits=2), "others than three digits of microseconds", id="digits"),
    pytest.param(lambda good: base64.b64encode(histogram._WRAPPER.pack(COOKIE, 9) + b"not zlib!").decode(),
                 "incorrect header check", id="zlib",
                 marks=pytest.mark.fault("file", "a histogram is no zlib", "file, line, window and load are named")),
    pytest.param(lambda good: bomb(), "it is cut off or far too long", id="bomb",
                 marks=pytest.mark.fault("file", "a histogram is a zlib bomb",
                                         "half a megabyte of it is unpacked, no more")),
    pytest.param(lambda good: counting(b"\2" * 50_000), "it counts durations of more than a day", id="beyond",
                 marks=pytest.mark.fault("file", "a histogram counts durations beyond its range",
                                         "file and line are named")),
    pytest.param(lambda good: counting(varint(-(1 << 60)) + b"\2"), "it counts durations of more than a day", id="gap"),
    pytest.param(lambda good: counting(b"\xff\xff"), "index out of range", id="half a number"),
]  # fmt: skip


@pytest.mark.parametrize(("broken", "told"), BROKEN)
def test_a_histogram_that_does_not_decode_is_named_with_its_line(
    run: Path, capsys: pytest.CaptureFixture[str], broken: Callable[[str], str], told: str
) -> None:
    path = run / journal.FILE
    text = lines(path)
    good = json.loads(text[2])["record"]["windows"][1]["latency"]
    put(path, [*text[:2], sealed(text[2].replace(good, broken(good), 1)), *text[3:]])
    said = refused(capsys, "report", run)
    assert said.startswith(f"{path}, line 3 cannot be understood: window 2, capacity: latency: ")
    assert told in said
    code, out, _ = asked(capsys, "verify", run)
    assert (code, "records.jsonl, line 3: window 2, capacity: latency: " in out) == (1, True)
    code, out, _ = asked(capsys, "history", run.parent)
    assert (code, "line 3 cannot be understood" in " ".join(out.split())) == (3, True)


@pytest.mark.fault(
    "file", "a histogram has counts of less than zero", "they are gaps, as its format says, or it is refused"
)
def test_counts_below_zero_are_gaps() -> None:
    found = Histogram.decode(counting(varint(-5) + varint(3)))
    assert found.counts == {5: 3}
    assert (found.count, found.minimum) == (3, 5e-6)


def test_a_bomb_is_refused_in_little_memory() -> None:
    text = bomb()
    tracemalloc.start()
    try:
        with pytest.raises(BenchError, match="far too long"):
            Histogram.decode(text)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
