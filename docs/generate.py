"""Writes what documentation can be derived: references of commands and servers, tables of rows and of stored runs."""

import argparse
import json
import re
import runpy
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bench import journal
from bench.cli import build_parser
from bench.journal import Line
from bench.model import Server, Settings
from bench.report.frame import COLUMNS, LATENCIES
from bench.report.rows import Summary
from bench.report.summary import summarise
from bench.report.worked import scenario, siege_page
from bench.rows.catalog import load_catalog
from bench.rows.rendering import HOLES, equalled, inequality, preparations, told
from bench.rows.rendering import commands as run
from bench.rows.scenarios import find_scenario
from bench.validity import MARKS, MEANINGS

ROOT = Path(__file__).resolve().parent.parent
SYSTEMS = {"posix": "Linux and macOS", "linux": "Linux", "darwin": "macOS", "win32": "Windows", "nt": "Windows"}
TABLES = ("configs/servers.toml", "configs/newer.toml", "configs/system.toml", "configs/iis.toml")
BASELINES = ROOT / "results" / "baselines"
REFERENCES = {"traffic": "gunicorn+nginx-one", "production": "gunicorn-gthread", "small": "gunicorn-gthread"}
"""Rows to which others are held, where it is not the first."""
MEASURED = re.compile(r"(<!-- measured: ([a-z]+) -->\n).*?(<!-- end of \2 -->)", re.DOTALL)
VERDICTS = re.compile(r"(<!-- verdicts, by `make docs` -->\n).*?(<!-- end of verdicts -->)", re.DOTALL)
FAULTS = re.compile(r"(<!-- faults, by `make docs` -->\n).*?(<!-- end of faults -->)", re.DOTALL)
TABLE = re.compile(r"(<!-- rows, by `make docs` -->\n).*?(<!-- end of rows -->)", re.DOTALL)


def main() -> None:
    for path, text in generated().items():
        path.write_text(text, "utf-8")


def generated() -> dict[Path, str]:
    """What each file must say, by its path."""
    servers = [*load_catalog().servers.values()]
    readme, reliability = ROOT / "README.md", ROOT / "docs" / "reliability.md"
    return {
        ROOT / "docs" / "commands.md": commands(build_parser(complete=True)),
        ROOT / "docs" / "servers.md": reference(servers),
        ROOT / "docs" / "columns.md": columns(),
        ROOT / "docs" / "schemas" / "records.json": records(),
        **{ROOT / "docs" / page: measured(ROOT / "docs" / page) for page in ("siege.md", "scenarios.md")},
        ROOT / "docs" / "method.md": VERDICTS.sub(
            lambda found: found[1] + verdicts() + found[2], (ROOT / "docs" / "method.md").read_text("utf-8")
        ),
        reliability: FAULTS.sub(lambda found: found[1] + faults() + found[2], reliability.read_text("utf-8")),
        readme: TABLE.sub(lambda found: found[1] + rows(servers) + found[2], readme.read_text("utf-8")),
    }


def commands(parser: argparse.ArgumentParser) -> str:
    """Every command with its arguments, as Markdown."""
    parts = [
        "# Commands\n\nBy `make docs`, from the command line itself. `.venv/bin/bench` is where `make setup` puts it;"
    ]
    parts.append("`python -m bench` is the same. Exit codes: 0 yes, 1 the answer is no (a row failed or is not to be")
    parts.append("believed), 2 the question was wrong. Results go to standard output, all else to standard error.")
    parts.append(
        "[JSON Schemas](schemas/) describe what `--json` prints and how a run is stored, [Columns](columns.md)"
    )
    parts.append("what is in its tables.\n")
    for name, verb in _verbs(parser).items():
        parts.append(f"## bench {name}\n\n{verb.description}\n\n| argument | meaning |\n| --- | --- |")
        parts += [f"| `{_spelling(action)}` | {_cell(action.help or '')} |" for action in _arguments(verb)]
        parts.append("")
    return "\n".join(parts)


def reference(servers: Iterable[Server]) -> str:
    """Each row with all that its table says, as Markdown."""
    tables = ", ".join(f"[{name}](../{name})" for name in TABLES)
    parts = [f"# Servers\n\nBy `make docs`, from {tables}; [Tables](tables.md) has the keys and holes."]
    parts.append(
        "Commands are as `--profile equal` has them; each launch and machine fills in the rest: `{port}` and the like."
    )
    parts.append("[Left out](left-out.md) says what is not here, and why.\n")
    for server in servers:
        parts.append(f"## {server.name}\n\n[{server.title}]({server.docs}). Runs on {_systems(server)}.\n")
        if server.run:
            parts.append("\n".join(["```", *rendered(server), "```\n"]))
        parts += [f"- {note}" for note in _notes(server)]
        parts.append("")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def records() -> str:
    """A line of records.jsonl, as a JSON Schema."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of records.jsonl: the run first, then records, then how it ended",
    }
    return json.dumps(schema | msgspec.json.schema(Line), indent=2, ensure_ascii=False) + "\n"


def columns() -> str:
    """Every column of a run's table, as Markdown."""
    parts = [
        "# Columns of table.csv and table.parquet\n\nBy `make docs`. A line is a row of the ranking, in its order; both"
    ]
    parts.append('files hold the same. Seconds, bytes, responses per second; empty is "not measured", never zero.\n')
    parts.append("| column | meaning |\n| --- | --- |")
    parts += [f"| `{name}` | {_cell(meaning)} |" for name, (meaning, _) in COLUMNS.items()]
    parts.append("\nOf each load of the run (`capacity`, `half` … and `capacity-1`, `capacity-2` … of a sweep):\n")
    parts.append("| column | meaning |\n| --- | --- |")
    parts += [f"| `<load>_{name}` | {_cell(meaning)} |" for name, meaning in LATENCIES.items()]
    return "\n".join(parts) + "\n"


def rendered(server: Server) -> Iterator[str]:
    """A row's commands with everything filled in that does not differ from machine to machine, under `equal`."""
    holes = {name: f"{{{name}}}" for name in HOLES} | told(server, equalled(server, Settings()))
    holes["fronts"] = str(Settings().workers)
    yield from (" ".join(argv) for argv in (*preparations(server, holes), *run(server, holes)))


def verdicts() -> str:
    """Every word of a verdict, and when it is said, as a Markdown table."""
    lines = ["| verdict | strikes a row out when |", "| --- | --- |"]
    struck = {name: meaning for name, meaning in MEANINGS.items() if name not in MARKS}
    lines += [f"| {name} | {_cell(meaning)} |" for name, meaning in struck.items()]
    lines += ["", "| mark | stands beside a row, which is ranked, when |", "| --- | --- |"]
    lines += [f"| {name} | {_cell(meaning)} |" for name, meaning in MEANINGS.items() if name in MARKS]
    return "\n".join(lines) + "\n"


def faults() -> str:
    """Every fault that a test injects, as a Markdown table."""
    return str(runpy.run_path(str(ROOT / "docs" / "faults.py"))["table"]())


def rows(servers: Iterable[Server]) -> str:
    """Name, title and systems of each row that this project was made for, as a Markdown table."""
    lines = ["| row | what it is | where |", "| --- | --- | --- |"]
    lines += [
        f"| `{server.name}` | {_cell(server.title)} | {_systems(server)} |"
        for server in servers
        if "mission" in server.groups
    ]
    return "\n".join(lines) + "\n"


def measured(page: Path) -> str:
    """A page with each of its places for a stored run filled, from the records in results/baselines/."""

    def filled(found: "re.Match[str]") -> str:
        name = found[2]
        shown = siege_page(stored(name), [stored("siege-by-siege")]) if name == "siege" else situation(name)
        return f"{found[1]}\n{shown}\n\n{found[3]}"

    return MEASURED.sub(filled, page.read_text("utf-8"))


def situation(name: str) -> str:
    """What a scenario asks, what was advised, and what its stored run says."""
    told = find_scenario(name)
    reference = load_catalog().select([told.group])[0].name
    asked = f"> {told.situation}: {told.advice}\n\n{told.question}"
    return f"{asked}\n\n{scenario(stored(name), REFERENCES.get(name, reference))}"


def stored(name: str) -> Summary:
    return summarise(journal.read(BASELINES / name))


def _notes(server: Server) -> Iterator[str]:
    """What there is to know about a row, a sentence each."""
    needed = [*(f"`{name}`" for name in server.needs), *(f"the program `{name}`" for name in server.programs)]
    if needed:
        yield f"needs {', '.join(needed)}"
    if server.files:
        yield f"files: {', '.join(f'[{file}](../{file})' for file in server.files)}"
    if server.advice:
        yield f"`--profile recommended`: {_advice(server.advice)}"
    if server.run:
        yield f"requests it works on at once: {_code(server.slots) if server.slots else 'no formula tells'}"
    if unequal := inequality(server, Settings()):
        yield f"`--profile equal` cannot give it as many of them as the others: {unequal}"
    if server.slots_excuse:
        yield f"`bench check` may count another number: {server.slots_excuse}"
    yield f"groups: {' '.join(f'`@{group}`' for group in server.groups)}"
    yield from server.quirks
    yield from (f"does not answer `{name}`: {reason}" for name, reason in server.lacks.items())
    if server.run:
        yield from (f"no use for `{name}`: {reason}" for name, reason in server.ignores.items())


def _advice(name: str) -> str:
    said = load_catalog().advice[name].items()
    return ", ".join(f"[{setting} = {_code(advice.value)}]({advice.page})" for setting, advice in said)


def _systems(server: Server) -> str:
    if server.unavailable:
        return f"no machine yet: {server.unavailable}"
    return " and ".join(SYSTEMS[name] for name in server.platforms) or "any system"


def _verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    subparsers = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(subparsers.choices)


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    yield from (action for action in parser._actions if action.dest != "help")


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"{action.metavar or action.dest.upper()} …"
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(action.option_strings) + value


def _code(text: str) -> str:
    return text if text.isdecimal() else f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("%%", "%").replace("|", r"\|")


if __name__ == "__main__":
    main()
