"""The ranking on terminals of every kind, and the Markdown summary, held against golden pages in tests/expected/.

BENCH_ACCEPT=1 writes them anew; look at the difference before you commit it.
"""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len

from bench.report import wording
from bench.report.markdown import escaped, page
from bench.report.rows import Summary
from bench.report.summary import summarise
from bench.report.terminal import ranking

EXPECTED = Path(__file__).parent / "expected"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def whole() -> Summary:
    return summarise(synthetic.read())


@pytest.fixture(scope="module")
def hostile() -> Summary:
    """A run whose failing server's reason and log want to do harm."""
    said = synthetic.read()
    records = [replace(one, failure=" ".join(synthetic.HOSTILE)) if one.failure else one for one in said.records]
    return summarise(replace(said, records=tuple(records)))


def agrees(name: str, text: str) -> bool:
    path = EXPECTED / name
    if os.environ.get("BENCH_ACCEPT"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("width", [48, 80, 120])
def test_the_ranking_is_as_expected(whole: Summary, width: int) -> None:
    assert agrees(f"ranking-{width}.txt", ranking(whole, width, colour=False, unicode=True) + "\n")


def test_the_summary_is_as_expected(whole: Summary) -> None:
    assert agrees("summary.md", page(whole))


@pytest.mark.parametrize("width", [40, 48, 60, 72, 80, 100, 120, 200])
def test_the_ranking_fits_the_terminal(whole: Summary, width: int) -> None:
    text = ranking(whole, width, colour=False, unicode=True)
    assert max(map(cell_len, text.splitlines())) <= width
    for row in whole.rows:
        assert row.name[:12] in text


def test_columns_that_no_driver_filled_are_left_out(whole: Summary) -> None:
    bare = replace(
        whole, rows=tuple(replace(row, outcomes={"capacity": row.outcomes["capacity"]}) for row in whole.ranked)
    )
    assert "p99" in ranking(whole, 120, colour=False)
    assert "p99" in page(whole)
    assert "p99" not in ranking(bare, 120, colour=False)
    assert "p99" not in page(bare)


def test_a_terminal_without_unicode_gets_ascii(whole: Summary) -> None:
    text = ranking(whole, 100, colour=False, unicode=False)
    assert text.isascii()
    assert "?" not in text
    assert "##" in text


def test_colours_come_only_where_they_are_wanted(whole: Summary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[" not in ranking(whole, 100, colour=False)
    assert re.search(r"\x1b\[[0-9;]*3[12]m", ranking(whole, 100, colour=True, unicode=True))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", ranking(whole, 100, colour=True, unicode=True))


@pytest.mark.fault("security", "terminal escapes and bidi controls in last words", "the terminal shows them as text")
def test_a_server_cannot_move_the_cursor_of_who_reads_its_failure(hostile: Summary) -> None:
    text = ESCAPE.sub("", ranking(hostile, 100, colour=True, unicode=True))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    assert "<script>" in text


def test_markdown_from_a_server_stays_text(hostile: Summary) -> None:
    text = page(hostile)
    assert "<script" not in text.replace("\\<script", "")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_a_summary_fits_a_comment(whole: Summary) -> None:
    assert len(page(whole)) < 65_536 / 4


@given(some.text())
def test_escaped_markdown_is_one_line_without_bare_marks(text: str) -> None:
    said = escaped(text)
    assert "\n" not in said
    assert not re.search(r"(?<!\\)[|<>`*_~\[\]]", re.sub(r"\\\\", "", said))


@given(some.text())
def test_plain_text_holds_no_control_characters(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", wording.plain(text))


@given(some.floats(1e-9, 1e9))
def test_a_time_keeps_three_digits_and_a_unit(seconds: float) -> None:
    figure, unit = wording.time(seconds).split()
    value = float(figure.replace(",", "")) * {"µs": 1e-6, "ms": 1e-3, "s": 1}[unit]
    assert value == pytest.approx(seconds, rel=0.006)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (wording.time(0.000119), "119 µs"),
        (wording.time(0.0009999), "1.00 ms"),
        (wording.time(0.0125), "12.5 ms"),
        (wording.time(2.5), "2.50 s"),
        (wording.number(7843.54), "7,844"),
        (wording.number(0), "0"),
        (wording.size(50_434_202), "50.4 MB"),
        (wording.size(168), "168 B"),
        (wording.size(25_277_000_000), "25.3 GB"),
        (wording.place((2, 2)), "2"),
        (wording.place((2, 3)), "2\N{EN DASH}3"),
        (wording.place(None), ""),
        (wording.listed(["a"]), "a"),
        (wording.listed(["a", "b", "c"]), "a, b and c"),
        (wording.listed(list("abcdefg")), "a, b, c, d and 3 more"),
        (wording.plain("\x1b[31mred\x1b[0m"), "red"),
        (wording.plain("\x1b]0;title\x07after"), "after"),
    ],
)
def test_figures_and_names_are_said_like_this(said: str, expected: str) -> None:
    assert said == expected


def test_a_ranking_does_not_wait_for_what_draws(tmp_path: Path) -> None:
    folder = synthetic.write(tmp_path / "run", synthetic.read())
    script = (
        "import sys; from pathlib import Path; from bench import journal; from bench.report.summary import summarise; "
        f"from bench.report.terminal import ranking; print(ranking(summarise(journal.read(Path({str(folder)!r}))))); "
        "print('heavy:', {'pandas', 'numpy', 'matplotlib', 'scipy', 'jinja2'} & set(sys.modules))"
    )
    environment = {**os.environ, "COLUMNS": "100", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert "heavy: set()" in done.stdout
    assert "uwsgi serves most" in done.stdout
    assert done.stdout.isascii()
