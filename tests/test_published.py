"""What others published and nobody questioned is refused, each by the rule that it breaks; its valid twin is not."""

import published
import pytest
from published import Published

from bench.judgement import Verdict
from bench.validity import judge_all, reasons

PROOFS = (
    (published.F1, "bjoern", "ERRORS", "in 2 of 4 windows under capacity not one request was answered rightly"),
    (
        published.F2,
        "uwsgi",
        "IDLE",
        "at capacity the server used 0.00 cores and others 0.00, the driver was at 0.00259 %",
    ),
    (published.F2, "uwsgi", "IDLE", "throughput x mean latency / connections is 0.00"),
    (published.F2_UNSERVED, "cherrypy", "IMPOSSIBLE", "throughput x mean latency / connections is 0.10"),
    (published.F3, "uwsgi", "IMPOSSIBLE", "under capacity answers took 3.84 ms where the app waits 100 ms"),
    (published.F4, "uwsgi", "ERRORS", "535 of 540 requests were not answered rightly (99.1 %): 535 aborted"),
    (published.F5, "bjoern", "IDLE", "median 41.4 ms and p99 42.4 ms while the server used 0.81 cores"),
    (published.F5_BARE, "bare", "IMPOSSIBLE", "with nothing but the bare app it reaches 0.21 of flask's throughput"),
    (published.F6, "aleph", "IMPOSSIBLE", "under capacity p99 is the mean, 47.5 ms"),
    (
        published.F7,
        "flask",
        "IMPOSSIBLE",
        "under capacity there are figures below zero: the mean latency, connect errors",
    ),
)
TWINS = (
    published.F1_TWIN,
    published.F2_TWIN,
    published.F3_TWIN,
    published.F4_TWIN,
    published.F5_TWIN,
    published.F5_BARE_TWIN,
    published.F6_TWIN,
    published.F7_TWIN,
)


def verdicts(said: Published) -> dict[str, Verdict]:
    return judge_all(said.records, said.run)


@pytest.mark.parametrize(("said", "row", "word", "because"), PROOFS, ids=lambda one: getattr(one, "name", None))
def test_a_published_result_that_cannot_be_true_is_refused(said: Published, row: str, word: str, because: str) -> None:
    verdict = verdicts(said)[row]
    assert verdict.word == word
    assert any(reason.startswith(because) for reason in reasons(verdict)), reasons(verdict)


@pytest.mark.parametrize("said", TWINS, ids=lambda said: said.name)
def test_its_valid_twin_is_not(said: Published) -> None:
    assert {row: (verdict.word, reasons(verdict)) for row, verdict in verdicts(said).items()} == {
        row: ("VALID", []) for row in said.rows
    }


def test_the_framework_is_not_blamed_for_the_bare_app() -> None:
    assert verdicts(published.F5_BARE)["flask"].valid
