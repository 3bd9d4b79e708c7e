"""What a run says in words: the answer in one sentence, then what must be known before a figure is read."""

from collections.abc import Sequence

from bench.report.rows import Row, Summary
from bench.report.rules import wrong
from bench.report.wording import listed, number, spread, time, times
from bench.validity import marks

_FEW = 4
_HOW_MANY = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def headline(summary: Summary) -> str:
    """The answer in one sentence: who is ahead, by how much, and whether that is certain."""
    placed = [row for row in summary.ranked if row.rank]
    if not placed:
        return _nothing(summary)
    leaders = [row for row in placed if row.rank and row.rank[0] == 1]
    if len(placed) == 1:
        return f"{placed[0].name} serves {_speed(placed[0])}; there is nothing to compare it with."
    if summary.rounds < 2:
        return (
            f"{placed[0].name} was fastest, {_speed(placed[0])}, but one launch of each cannot make an order certain."
        )
    if len(leaders) == len(placed):
        return f"No order is certain here: {placed[0].name} served most, {_speed(placed[0])} {_give(placed[0])}."
    if len(leaders) > _FEW:
        told = f"{len(leaders)} of {len(placed)} rows cannot be told apart at the top"
        return f"{told}; {placed[0].name} served most, {_speed(placed[0])} {_give(placed[0])}."
    if len(leaders) > 1:
        speeds = f"{_speed(leaders[-1], '')} to {_speed(leaders[0])}"
        return f"{listed([row.name for row in leaders])} cannot be told apart at the top, with {speeds}."
    return f"{leaders[0].name} serves most, {_speed(leaders[0])}: {_lead(placed)}."


def remarks(summary: Summary) -> list[str]:
    """What else must be known before a figure is read: rows not to be believed, cost, rows without a certain order."""
    found = [
        *struck(summary),
        _cheapest(summary),
        _ties(summary),
        _closing(summary),
        _late(summary),
        _marked(summary),
        _missing(summary),
        _resumed(summary),
    ]
    return [sentence for sentence in found if sentence]


def _nothing(summary: Summary) -> str:
    if not summary.rows:
        return "Nothing was measured."
    return "No server was measured under full load." if summary.ranked else "No row of this run can be believed."


def _speed(row: Row, unit: str = " responses/s") -> str:
    return f"{number(row.throughput.value)}{unit}" if row.throughput else ""


def _give(row: Row) -> str:
    return spread(row.throughput) if row.throughput else ""


def _lead(placed: Sequence[Row]) -> str:
    first, second, last = (row.throughput.value for row in (placed[0], placed[1], placed[-1]) if row.throughput)
    lead = f"{100 * (first / second - 1):.2g} % more than {placed[1].name}" if first < 2 * second else ""
    whole = f"{times(first / last)} what {placed[-1].name} does"
    return " and ".join(filter(None, [lead, whole])) if len(placed) > 2 or not lead else lead


def _cheapest(summary: Summary) -> str:
    least = [row for row in summary.ranked if row.cost_rank and row.cost_rank[0] == 1]
    costs = [row.cpu.value for row in least if row.cpu]
    if not costs or summary.rounds < 2 or len(least) == len(summary.ranked):
        return ""
    verb = "costs" if len(least) == 1 else "cost"
    about = "" if len(least) == 1 else "about "
    return f"{listed([row.name for row in least])} {verb} least: {about}{time(min(costs))} of CPU time a response."


def chains(summary: Summary) -> list[list[Row]]:
    """Runs of neighbours whose places overlap: within each, the order is not certain."""
    found: list[list[Row]] = []
    for row in summary.ranked:
        if row.rank:
            follows = found and row.rank[0] <= max(last.rank[1] for last in found[-1] if last.rank)
            found = [*found[:-1], [*found[-1], row]] if follows else [*found, [row]]
    return [chain for chain in found if len(chain) > 1]


def _ties(summary: Summary) -> str:
    if summary.rounds < 2:
        return ""
    said = [
        " / ".join(row.name for row in chain) for chain in chains(summary) if chain[0].rank and chain[0].rank[0] > 1
    ]
    return f"The order within {listed(said)} is not certain." if said else ""


def _closing(summary: Summary) -> str:
    """Rows that speak differently: a new connection for each request costs what kept ones do not."""
    manners = [(row.name, row.manner.keep_alive) for row in summary.ranked if row.manner]
    closing = [name for name, kept in manners if not kept]
    if not closing or len(closing) == len(manners):
        return ""
    verb, ends = ("closes", "its figures include") if len(closing) == 1 else ("close", "their figures include")
    return f"{listed(closing)} {verb} each connection after one answer: {ends} making new ones."


def struck(summary: Summary) -> list[str]:
    """Which rows are not to be believed, and which have no figures."""
    failed = [row.name for row in summary.struck if row.verdict.word == "FAILED"]
    doubtful = [f"{row.name} ({wrong(row.verdict.word)})" for row in summary.struck if row.verdict.word != "FAILED"]
    are = "is" if len(doubtful) == 1 else "are"
    said = [
        f"{counted(len(doubtful), 'row').capitalize()} {are} not to be believed: {listed(doubtful)}."
        if doubtful
        else "",
        f"{listed(failed)} failed and has no figures." if len(failed) == 1 else "",
        f"{listed(failed)} failed and have no figures." if len(failed) > 1 else "",
    ]
    return [sentence for sentence in said if sentence]


def _late(summary: Summary) -> str:
    late = [row.name for row in summary.ranked if row.common and row.common.doubt]
    return (
        f"The latencies of {_whose(late, summary)} are not the servers' own: the driver was late itself."
        if late
        else ""
    )


def _marked(summary: Summary) -> str:
    noisy = [row.name for row in summary.ranked if any(mark.rule == "NOISY" for mark in marks(row.verdict))]
    were = "was" if len(noisy) == 1 else "were"
    whose = f"The machine was not quiet: {_whose(noisy, summary)} {were} measured"
    return f"{whose} while CPU time was withheld or others took it." if noisy else ""


def _whose(names: Sequence[str], summary: Summary) -> str:
    if len(names) == len(summary.ranked) > 1:
        return "all rows"
    return listed(names) if len(names) <= _FEW else f"{len(names)} of {len(summary.ranked)} rows"


def _missing(summary: Summary) -> str:
    if summary.unreached:
        return f"The run ended before {listed(summary.unreached)} had been measured."
    return "" if summary.complete else "The run did not come to its end: rows have fewer launches than planned."


def _resumed(summary: Summary) -> str:
    often = {1: "once", 2: "twice"}.get(summary.resumed, f"{summary.resumed} times")
    return f"The run was cut short, and gone on with {often}." if summary.resumed else ""


def counted(count: int, noun: str) -> str:
    word = _HOW_MANY[count] if count < len(_HOW_MANY) else f"{count:,}"
    return f"{word} {noun}" if count == 1 else f"{word} {noun}s"
