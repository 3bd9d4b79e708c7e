"""Whatever a load program prints, it is understood as figures that can be, or refused in a sentence."""

from itertools import pairwise
from math import inf
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.drivers import ab, autocannon, h2load, hey, k6, oha, siege, wrk
from bench.drivers.measured import Measured, understood
from bench.errors import DriverError
from bench.histogram import Histogram

OUTPUTS = Path(__file__).parent / "outputs"
KINDS = (wrk.WRK, h2load.H2LOAD, ab.AB, hey.HEY, autocannon.AUTOCANNON, siege.SIEGE, oha.OHA, k6.K6)
TOOLS = {kind.program: kind for kind in KINDS}
CAPTURED = [
    (TOOLS[path.stem.partition("-")[0]], path.read_bytes())
    for path in sorted(OUTPUTS.glob("*.txt"))
    if path.stem.partition("-")[0] in TOOLS
]
JUNK = st.binary(max_size=6) | st.sampled_from([b"-1", b"NaN", b"Infinity", b"null", b"true", b"[]", b"1e999", b"\x00"])


def figures(tool, words):
    """What is read, looked at closely; nothing where it is refused in a sentence."""
    try:
        said = understood(tool.program, tool.parse, words.decode(errors="replace"))
    except DriverError as refusal:
        (line,) = str(refusal).splitlines()
        assert line.isprintable()
        return None
    assert 0 < said.duration < inf
    assert said.responses or sum(said.errors.values()), "silence is no figure"
    counts = [
        said.responses,
        *said.errors.values(),
        *(count for count in (said.received, said.sent) if count is not None),
    ]
    assert all(isinstance(count, int) and count >= 0 for count in counts)
    assert all(0 <= figure < inf for figure in (*said.quantiles.values(), said.mean or 0))
    told = [said.quantiles[name] for name in ("p50", "p90", "p99", "p999", "max") if name in said.quantiles]
    assert told == sorted(told)
    if said.latency is not None:
        assert Histogram.decode(said.latency.encode()) == Histogram(said.latency.counts)
    return said


@st.composite
def damaged(draw):
    """A captured output with something done to it: cut, lines gone or swapped, digits or bytes changed."""
    tool, words = draw(st.sampled_from(CAPTURED))
    for _ in range(draw(st.integers(1, 3))):
        words = draw(st.sampled_from([cut, without_lines, swapped, other_digit, spliced]))(draw, words)
    return tool, words


def cut(draw, words):
    return words[draw(st.integers(0, len(words) // 4)) * draw(st.booleans()) : draw(st.integers(0, len(words)))]


def without_lines(draw, words):
    lines = words.splitlines(keepends=True)
    at = draw(st.integers(0, max(len(lines) - 1, 0)))
    return b"".join(lines[:at] + lines[at + draw(st.integers(1, 3)) :])


def swapped(draw, words):
    lines = words.splitlines(keepends=True) or [b""]
    one, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def other_digit(draw, words):
    digits = [place for place, byte in enumerate(words) if chr(byte).isdigit()]
    if not digits:
        return words
    place = draw(st.sampled_from(digits))
    return (
        words[:place]
        + draw(st.sampled_from([b"0", b"9", b"-", b".", b"e", b"99999999999999999999"]))
        + words[place + 1 :]
    )


def spliced(draw, words):
    at = draw(st.integers(0, len(words)))
    return words[:at] + draw(JUNK) + words[at + draw(st.integers(0, 20)) :]


@given(damaged())
def test_a_damaged_output_is_refused_or_gives_figures_that_can_be(said):
    figures(*said)


@given(st.sampled_from(KINDS), st.text() | st.binary().map(lambda junk: junk.decode(errors="replace")))
@example(wrk.WRK, '{"duration":' * 5000)
@example(siege.SIEGE, '{"a":' + "[" * 100_000)
@example(autocannon.AUTOCANNON, '{"latency": null, "2xx": 1, "3xx": 1}')
def test_words_of_any_kind_are_no_measurement(tool, words):
    assert figures(tool, words.encode()) is None


@pytest.mark.fault(
    "driver", "its program's answer ends in mid-line", "refused, wherever that is; never half the figures"
)
@pytest.mark.parametrize("tool", KINDS, ids=lambda tool: tool.program)
def test_an_output_cut_anywhere_says_what_the_whole_says_or_nothing(tool):
    words = (OUTPUTS / f"{tool.program}.txt").read_bytes()
    whole = figures(tool, words)
    for place in range(0, len(words), 1 + len(words) // 400):
        part = figures(tool, words[:place])
        assert part is None or (part.duration, part.responses, part.errors) == (
            whole.duration,
            whole.responses,
            whole.errors,
        )


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (Measured(0.0, 1), r"that it took 0\.0 s"),
        (Measured(float("nan"), 1), "that it took nan s"),
        (Measured(9.0, 1), r"that it took 9\.0 s"),
        (Measured(1.0, -1), "-1 responses"),
        (Measured(1.0, 1, received=-5), "-5 bytes"),
        (Measured(1.0, 1, {"status": 1.5}), "1.5 status"),
        (Measured(1.0, 1, quantiles={"p50": float("inf")}), r"a latency of inf s \(p50\)"),
        (Measured(1.0, 1, quantiles={"p50": None}), r"a latency of None s \(p50\)"),
        (Measured(1.0, 1, quantiles={"p50": 0.2, "p99": 0.1}), r"that p50 is 0\.2 s and p99 0\.1 s"),
        (Measured(1.0, 1, mean=0.5, quantiles={"max": 0.1}), r"that mean is 0\.5 s and max 0\.1 s"),
        (Measured(1.0, 1, mean=6.0), r"a latency of 6\.0 s \(mean\)"),
        (Measured(1.0, 1, latency=Histogram({1: -1})), "-1 latencies"),
    ],
)
def test_figures_that_cannot_be_are_refused(measured, words):
    with pytest.raises(DriverError, match=f"^wrk said what cannot be: {words}.$"):
        understood("wrk", lambda _: measured, "", 5.0)


def test_quantiles_rise_from_least_to_most():
    assert all(
        low < high for low, high in pairwise(figures(k6.K6, (OUTPUTS / "k6.txt").read_bytes()).quantiles.values())
    )
