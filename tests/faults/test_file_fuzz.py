"""What hypothesis makes of files: each reader gives the right answer or one of our sentences, and nothing else."""

import base64
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import synthetic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sealing import bare, sealed

from bench import baseline, histogram, journal
from bench.baseline import Baseline, Row
from bench.errors import BenchError
from bench.histogram import Histogram
from bench.report.script import as_object
from bench.report.summary import summarise
from bench.rows import catalog, tables
from bench.stored import coherence
from bench.stored.understanding import understood
from bench.system import machine
from bench.verify import verified

ROOT = Path(__file__).parent.parent.parent
REAL = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "configs").glob("*.toml"))}
KNOWN = catalog.load_catalog()
patient = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=150)

nothing = st.sampled_from(
    ["", "0", "-1", "null", "true", "nan", "1e400", '"', "[", "]", "{", "}", "=", ".", "\\", "\n"]
)
odd = st.one_of(nothing, st.text(max_size=8), st.sampled_from(["9" * 4400, "[" * 3000, "\x00", "\ufeff", "é" * 300]))
Edit = tuple[float, int, str]
edits: st.SearchStrategy[list[Edit]] = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), odd), min_size=1, max_size=4
)


def edited(text: str, changes: list[Edit]) -> str:
    """A text in which some places were replaced by something else."""
    for place, length, instead in changes:
        at = int(place * len(text))
        text = text[:at] + instead + text[at + length :]
    return text


def told(work: Callable[[], object], name: str) -> str | None:
    """The sentence with which something is refused, which must name its file; None where it is not."""
    try:
        work()
    except BenchError as error:
        sentence = str(error)
        assert name in sentence
        return sentence
    return None


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A small run's lines, without checksums, so that what is edited in them is read."""
    said = synthetic.read((synthetic.sound("waitress"),), rounds=2, loads=synthetic.LOADS[:1])
    folder = synthetic.write(tmp_path_factory.mktemp("run") / "run", said)
    return [bare(line) for line in (folder / journal.FILE).read_text().splitlines()]


@pytest.mark.fault(
    "file", "a results file is edited at random", "a sentence names it, or its figures are reckoned with"
)
@patient
@given(line=st.integers(0, 3), changes=edits, seal=st.booleans())
def test_a_results_file_is_read_or_refused_in_a_sentence(
    tmp_path: Path, lines: list[str], line: int, changes: list[Edit], seal: bool
) -> None:
    path = tmp_path / journal.FILE
    text = [*lines[:line], edited(lines[line], changes), *lines[line + 1 :]]
    path.write_bytes("\n".join([*(map(sealed, text) if seal else text), ""]).encode("utf-8", "replace"))
    if told(lambda: journal.read(path), str(path)) is None:
        said = journal.read(path)
        assert said.run.servers.keys() >= {record.trial.server for record in said.records}
        assert all(sentence for record in said.records for sentence in coherence.of_record(record, said.run.driver))


def figure(key: str) -> str:
    """What finds a figure of a record by its name."""
    return rf'"{key}":(-?[\d.e+-]+|null|"[^"]*"|\[[^\[\]]*\])'


FIGURES = (
    "round", "position", "seed", "group", "started", "connections", "duration", "responses", "received", "opened",
    "rate", "latency", "latency_mean", "lag", "series", "series_step", "server_cpu", "front_cpu", "driver_cpu",
    "driver_busy", "memory", "foreign_cpu", "steal", "ready", "first_byte", "memory_idle", "memory_loaded", "slots",
)  # fmt: skip


def with_figure(folder: Path, lines: list[str], key: str, value: str) -> Path:
    changed = re.sub(figure(key), f'"{key}":{value}', lines[1], count=1)
    (folder / journal.FILE).write_text("\n".join([lines[0], changed, *lines[2:], ""]))
    return folder


absurd = st.sampled_from(["0", "-1", "1e-300", "1e17", "9" * 18, "null", '""', "[]"])


@pytest.mark.fault("file", "a record's figures are others at random", "its row is reckoned with, or the line named")
@patient
@given(key=st.sampled_from(FIGURES), value=absurd)
def test_a_row_is_summed_up_or_its_line_named_whatever_its_figures_are(
    tmp_path: Path, lines: list[str], key: str, value: str
) -> None:
    run = with_figure(tmp_path, lines, key, value)

    def summed_up() -> None:
        with understood(run):
            assert as_object(summarise(journal.read(run)))

    told(summed_up, f"{run / journal.FILE}, line 2")


@settings(patient, max_examples=5)
@given(key=st.sampled_from(FIGURES), value=absurd)
def test_verify_answers_whatever_the_figures_are(tmp_path: Path, lines: list[str], key: str, value: str) -> None:
    found = verified(with_figure(tmp_path, lines, key, value))
    assert found.faults or found.verdicts


@pytest.mark.fault(
    "file", "a table of the project is edited at random", "a sentence names it, or it is read as it says"
)
@patient
@given(name=st.sampled_from([*REAL]), part=st.floats(0, 1), changes=edits)
def test_a_table_is_read_or_refused_in_a_sentence(tmp_path: Path, name: str, part: float, changes: list[Edit]) -> None:
    starts = [match.start() for match in re.finditer(r"^\[\w", REAL[name], re.MULTILINE)]
    at = starts[int(part * (len(starts) - 1))]
    path = tmp_path / "mine.toml"
    path.write_bytes(edited(REAL[name][at : at + 1500], changes).encode("utf-8", "replace"))
    told(lambda: catalog._servers(tables.read(path, "mine.toml", tmp_path), KNOWN), "mine.toml")
    told(lambda: catalog._loads(tables.read(path, "mine.toml", tmp_path)), "mine.toml")


values = st.recursive(
    st.one_of(st.integers(), st.booleans(), st.floats(), st.text(max_size=9), st.datetimes().map(str)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)
keys = st.one_of(
    st.sampled_from(["title", "serves", "run", "slots", "files", "ignores", "stop", "deadline", "needs"]), odd
)


def toml(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{toml(key)} = {toml(each)}' for key, each in value.items())}}}"
    return str(value)


@patient
@given(table=st.sampled_from(["mine", "settings", "apps", "programs.x", "advice.x", "environment"]),
       said=st.dictionaries(keys, values, max_size=4), row=st.booleans())  # fmt: skip
def test_whatever_a_table_holds_it_is_a_row_or_a_sentence(
    tmp_path: Path, table: str, said: dict[str, object], row: bool
) -> None:
    right = {"title": "x", "serves": "wsgi", "slots": "1", "run": ["{python}"]} if row else {}
    path = tmp_path / "mine.toml"
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in (right | said).items())
    path.write_bytes(f"[{table}]\n{text}".encode("utf-8", "replace"))
    told(lambda: catalog.load_catalog(path), "mine.toml")


@pytest.mark.fault(
    "file", "a histogram holds whatever bytes there are", "it decodes to counts, or is refused in a sentence"
)
@settings(patient, max_examples=300)
@given(payload=st.binary(max_size=200), depth=st.integers(0, 3))
def test_a_histogram_decodes_or_is_refused_in_a_sentence(payload: bytes, depth: int) -> None:
    header = histogram._HEADER.pack(0x1C849313, len(payload), 0, 3, 1, 60_000_000, 1.0)
    inner = header + payload if depth > 2 else payload
    packed = zlib.compress(inner) if depth > 1 else inner
    whole = histogram._WRAPPER.pack(0x1C849314, len(packed)) + packed if depth else packed
    text = base64.b64encode(whole).decode()
    if told(lambda: Histogram.decode(text), "not an HdrHistogram") is None:
        found = Histogram.decode(text)
        assert all(count > 0 for count in found.counts.values())
        assert (found.quantile(0.99) is None) == (found.count == 0)
        assert Histogram.decode(found.encode()) == found


@pytest.mark.fault("file", "a baseline is edited at random", "a sentence names it, or each row is compared")
@patient
@given(changes=edits, seal=st.booleans())
def test_a_baseline_is_compared_with_or_refused_in_a_sentence(tmp_path: Path, changes: list[Edit], seal: bool) -> None:
    path = tmp_path / "baseline.json"
    rows = {"gunicorn": Row((0.81, 0.79, 0.8), {"flask": "3.1"})}
    baseline.save(path, Baseline(baseline.KIND, baseline.FORMAT, "2026", "0", machine.probe(), "a /", "cpu", rows))
    saved = path.read_text()
    right = baseline.read(path)
    text = saved if seal else re.sub(r',\s*"check": "\w+"', "", saved)
    path.write_bytes(edited(text, changes).encode("utf-8", "replace"))
    if told(lambda: baseline.read(path), str(path)) is None:
        found = baseline.read(path)
        assert found == right or not seal or '"check"' not in path.read_text("utf-8")
        for row in found.rows.values():
            assert baseline.compared(row, baseline.Row((0.8, 0.82, 0.79)), 0.01, baseline.Aim(), 1).word
