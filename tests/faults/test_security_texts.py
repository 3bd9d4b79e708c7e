"""What servers, apps and branches say reaches comments, test results and spreadsheets as text and as nothing else."""

import csv
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as some
from markdown_it import MarkdownIt

from bench.aim import Decision
from bench.report import frame, markdown
from bench.report.escaping import cell, xml
from bench.report.gate import as_junit
from bench.report.gate_text import as_markdown
from bench.report.rows import Summary
from bench.report.summary import summarise

HOSTILE = (
    "@octocat @org/team a@b.example #1 org/repo#2 GH-3 https://evil.example www.evil.example "
    "![x](https://evil.example/x.png) [x](javascript:alert(1)) <img src=x onerror=alert(1)> <!-- </sub></details> "
    "``` ~~~ | a | b | \n\n# heading\n- [ ] item\n\x1b[31m\u202e\u2028 $x^2$ &#64;octocat \\@octocat"
)
MENTION = re.compile(r"(?:^|[^\w`])@\w|#\d|\bGH-\d|\w://|\bwww\.")
"""What GitHub makes links and notifications of in the text that is left of Markdown."""


@pytest.fixture(scope="module")
def summary() -> Summary:
    """A run in which whatever can be said is hostile."""
    said = synthetic.read()
    records = [replace(one, failure=HOSTILE) if one.failure else one for one in said.records]
    servers = {name: replace(one, title=HOSTILE) for name, one in said.run.servers.items()}
    run = replace(said.run, servers=servers, driver=HOSTILE, commit=HOSTILE)
    return summarise(replace(said, run=run, records=tuple(records)))


def rendered(comment: str) -> tuple[set[str], str]:
    """The elements of a comment, and its text without what is in code spans."""
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(comment)
    html = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    return set(re.findall(r"<([a-z]\w*)", html)), re.sub(r"<[^>]*>", " ", html)


@pytest.mark.fault(
    "security", "words that mention people, link or draw on a pull request", "they stay plain text there"
)
def test_a_comment_of_a_run_holds_nothing_but_text(summary: Summary) -> None:
    comment = markdown.page(summary)
    elements, text = rendered(comment)
    assert elements <= {"p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "s", "sub"}
    assert not MENTION.search(text)
    assert comment.rstrip().endswith("</sub>")
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2028]", comment)


def test_a_comment_of_the_gate_holds_nothing_but_text() -> None:
    said = Decision("slower", "cpu", (HOSTILE,), rounds=2, notes=(HOSTILE,))
    comment = as_markdown({HOSTILE: said, "gunicorn": said}, HOSTILE, HOSTILE)
    elements, text = rendered(comment)
    assert elements <= {"h2", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert not MENTION.search(text)
    lines = [line for line in comment.splitlines() if line.startswith("|")]
    assert len(lines) == 4


@pytest.mark.fault(
    "security", "control characters in what becomes JUnit XML", "they are replaced, and it is well-formed"
)
def test_junit_is_well_formed_whatever_is_said() -> None:
    said = Decision("slower", "cpu", (HOSTILE + "\x00\x0c\ufffe]]>",), rounds=2)
    suite = ElementTree.fromstring(as_junit({f"{HOSTILE}\x00": said}).encode())  # noqa: S314  our own
    (case,) = suite
    assert "octocat" in (case.get("name") or "")
    assert "]]>" in (case[0].text or "")


@given(some.text(some.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_told_in_xml(text: str) -> None:
    element = ElementTree.Element("a", {"b": xml(text)})
    assert ElementTree.fromstring(ElementTree.tostring(element)).get("b") is not None  # noqa: S314  our own


@pytest.mark.parametrize("text", ["=HYPERLINK(A1)", "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1"])
@pytest.mark.fault("security", "text that a spreadsheet would calculate", "it begins with an apostrophe in table.csv")
def test_no_text_of_the_table_is_a_formula(text: str, tmp_path: Path) -> None:
    said = synthetic.read((synthetic.sound("uwsgi"),))
    run = replace(said.run, servers={"uwsgi": replace(said.run.servers["uwsgi"], title=text)})
    paths = frame.write(summarise(replace(said, run=run)), tmp_path)
    with paths[0].open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["title"] == f"'{text}".replace("\r", " ")
    assert not [value for value in line.values() if re.match(r"[=+\-@\t\r]", value)]
    assert cell("gunicorn -w 2") == "gunicorn -w 2"
