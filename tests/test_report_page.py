"""The written report: every file, nothing from outside runs in it, and it needs no network."""

import re
import struct
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import synthetic

from bench import report
from bench.errors import JournalError
from bench.model import Record, Window

VOID = {"meta", "input", "br", "img", "link", "hr"}
PAGE_LIMIT = 3_000_000


class Reader(HTMLParser):
    """Collects elements, ids and texts, and complains of elements that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.elements: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = synthetic.write(tmp_path_factory.mktemp("results") / "run", synthetic.read())
    report.write(path)
    return path


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read(html: str) -> Reader:
    return Reader(html)


def test_a_report_is_written_beside_its_records(tmp_path: Path) -> None:
    said = synthetic.read((synthetic.sound("uwsgi"), synthetic.sound("dev")))
    written = report.write(synthetic.write(tmp_path / "run", said))
    assert {path.name for path in written} >= {
        "report.html",
        "throughput.png",
        "latency.png",
        "table.csv",
        "table.parquet",
        "summary.md",
    }
    assert all(path.stat().st_size for path in written)
    assert {path.parent for path in written} == {tmp_path / "run"}


def test_charts_are_images_of_twice_a_screens_width(folder: Path) -> None:
    charts = sorted(folder.glob("*.png"))
    assert [path.stem for path in charts] == [
        "cold-start",
        "cost",
        "errors",
        "latency",
        "memory",
        "throughput",
        "timeline",
    ]
    for path in charts:
        assert struct.unpack(">I", path.read_bytes()[16:20]) == (1600,)


def test_the_page_is_whole_and_small(html: str, read: Reader) -> None:
    assert read.open == []
    assert len(html) < PAGE_LIMIT


def test_the_page_asks_nothing_of_a_network(html: str, read: Reader) -> None:
    policy = next(value for tag, name, value in read.attributes if tag == "meta" and value.startswith("default-src"))
    assert "default-src 'none'" in policy
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & set(read.elements)
    assert not [value for _, name, value in read.attributes if name in ("src", "srcset", "action", "poster")]
    links = {value for tag, name, value in read.attributes if name in ("href", "xlink:href")}
    assert all(link.startswith(("#", "https://")) for link in links)
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(read: Reader) -> None:
    ids = [value for _, name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    inner = {value for _, name, value in read.attributes if name in ("href", "xlink:href") and value.startswith("#")}
    assert {link[1:] for link in inner} <= set(ids)


def test_every_row_stands_in_the_ranking_with_its_evidence(html: str, read: Reader) -> None:
    said = " ".join(read.texts)
    for shape in synthetic.SHAPES:
        assert f'data-name="{shape.name}"' in html
    assert "twisted ended with status 1 before it answered." in said
    assert "the driver was busy 95 % of its time at capacity" in said
    assert "worker_connections 1024" in said
    assert "An Imaginary Processor" in said
    assert "it runs on Windows only" in said


def test_struck_out_rows_stay_in_with_the_reason(html: str) -> None:
    struck = re.findall(r'<div class="row struck[^>]*data-name="([^"]+)"', html)
    assert sorted(struck) == ["processes", "tornado", "twisted"]


def test_charts_know_their_rows_and_tell_exact_values(read: Reader) -> None:
    tips = [value for _, name, value in read.attributes if name == "data-tip"]
    assert any(re.fullmatch(r"uwsgi: CPU per response \d+ µs \(\d+ µs to \d+ µs\)", tip) for tip in tips)
    assert any(tip.startswith("dev: p50 ") for tip in tips)


def test_no_colour_of_a_chart_is_fixed(html: str) -> None:
    charts = "".join(re.findall(r'<svg class="chart".*?</svg>', html, re.DOTALL))
    assert charts.count("<svg") == 6
    assert set(re.findall(r"#[0-9a-f]{6}\b", charts)) == set()


def test_whatever_a_server_says_is_shown_and_never_run(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\x1b[31m\x1b]0;t\x07\u202e'
    said = synthetic.read((synthetic.sound("uwsgi"), synthetic.sound("dev"), *synthetic.SHAPES[-1:]))
    rendered = {
        name: replace(one, title=evil, docs="javascript:alert(3)", commands=((evil,),), files={evil: evil}, serves=evil)
        for name, one in said.run.servers.items()
    }
    run = replace(said.run, name=evil, servers=rendered, versions={evil: evil}, unavailable={evil: evil}, commit=evil)
    records = [replace(one, log=(evil,), failure=one.failure and evil) for one in said.records]
    folder = synthetic.write(tmp_path / "run", replace(said, run=run, records=tuple(records)))
    report.write(folder)
    text = (folder / "report.html").read_text(encoding="utf-8")
    read = Reader(text)
    assert read.elements.count("script") == 1
    assert "img" not in read.elements
    assert not [name for _, name, _ in read.attributes if name.startswith("on")]
    assert not [value for _, _, value in read.attributes if value.startswith("javascript:")]
    assert "alert(1)" in " ".join(read.texts)
    assert "{{ 7*7 }}" in " ".join(read.texts)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


def test_a_row_name_cannot_break_out_of_a_chart(tmp_path: Path) -> None:
    odd = '<b>&"|name'
    said = synthetic.read((replace(synthetic.sound("uwsgi"), name=odd), synthetic.sound("dev")))
    folder = synthetic.write(tmp_path / "run", said)
    report.write(folder)
    read = Reader((folder / "report.html").read_text(encoding="utf-8"))
    assert read.open == []
    assert "b" in read.elements  # the page's own
    assert odd in [text.strip() for text in read.texts]


@pytest.mark.parametrize("measured", [0, 1, 7])
def test_a_run_that_was_cut_short_has_a_report(tmp_path: Path, measured: int) -> None:
    written = report.write(synthetic.write(tmp_path / "run", synthetic.read(measured=measured)))
    html = written[0].read_text(encoding="utf-8")
    assert Reader(html).open == []
    assert "Not reached before the run ended" in html


def test_a_run_of_one_failed_row_has_a_report(tmp_path: Path) -> None:
    written = report.write(synthetic.write(tmp_path / "run", synthetic.read(synthetic.SHAPES[-1:])))
    assert "No row of this run can be believed." in written[0].read_text(encoding="utf-8")


def test_a_folder_without_records_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"records\.jsonl"):
        report.write(tmp_path)


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    folder = synthetic.write(tmp_path / "run", synthetic.read((synthetic.sound("dev"),)))
    (folder / "summary.md").mkdir()
    with pytest.raises(JournalError, match="cannot be written"):
        report.write(folder)


def test_a_report_tells_what_little_was_measured(tmp_path: Path) -> None:
    """Every figure that may be missing is missing: nothing becomes a zero, and nothing breaks."""
    said = synthetic.read((synthetic.sound("uwsgi"), synthetic.sound("dev")))
    bare = [
        Record(
            one.trial,
            one.started,
            windows=tuple(Window(w.load, w.model, 64, w.started, w.duration, w.responses) for w in one.windows[:2]),
        )
        for one in said.records
    ]
    machine = replace(
        said.run.machine, processor=None, server_cores=None, driver_cores=None, memory=None, load_average=None
    )
    run = replace(said.run, machine=machine, commit=None, versions={}, unavailable={})
    written = report.write(synthetic.write(tmp_path / "run", replace(said, run=run, records=tuple(bare))))
    assert [path.name for path in written] == [
        "report.html",
        "throughput.png",
        "errors.png",
        "table.csv",
        "table.parquet",
        "summary.md",
    ]
    text = written[0].read_text(encoding="utf-8")
    assert Reader(text).open == []
    assert "None" not in " ".join(Reader(text).texts)
    assert "nan" not in written[3].read_text(encoding="utf-8")
