"""The direction of imports, read from the source: two halves that know only the nouns and the file between them."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "bench").rglob("*.py"))

SHARED = {"", "model", "window", "contest", "errors", "journal", "belonging", "intake", "lines", "histogram"}
READING = {"aim", "baseline", "compare", "contrast", "decision", "differences", "exactly", "history"}
READING |= {"judgement", "levels", "pairing", "report", "stats", "stored", "validity"}
COMMAND = {"cli", "__main__", "doctor", "interrupts", "outlook", "progress", "verbs", "verify", "voice"}
# All the rest is the doing half. One file of it looks at how precise a run is by now with what is pure.
JUDGING = {"bench.running.precision": {"judgement", "levels", "validity"}}

ONLY_IN = {"pandas": "report", "matplotlib": "report", "locust": "drivers", "gevent": "drivers"}
SLOW_TO_IMPORT = {"pandas", "matplotlib", "scipy", "numpy", "locust", "gevent", "rich"}


def half(part: str) -> str:
    """The half that a part belongs to: the first name after `bench`."""
    groups = {"shared": SHARED, "reading": READING, "command": COMMAND}
    return next((name for name, parts in groups.items() if part in parts), "doing")


def allowed(importer: str, imported: str) -> bool:
    """Whether a module may import a part of bench."""
    ours, theirs = half(part(importer)), half(imported)
    return ours == "command" or theirs in ("shared", ours) or imported in JUDGING.get(importer, ())


def part(module: str) -> str:
    """`bench.report.page` is in the part `report`, `bench` itself in ``."""
    return [*module.split("."), ""][1]


def name(path: Path) -> str:
    """The dotted name of a source file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """The line and dotted name of everything a file imports, wherever in the file it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = name(path).split(".") + (["__init__"] if path.name == "__init__.py" else [])
                base = ".".join([*package[: -node.level], *filter(None, [node.module])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def against_the_direction(paths: Iterable[Path]) -> list[str]:
    """Each import within bench that goes the wrong way, with its file and line."""
    parts = {part(name(path)) for path in MODULES}
    return [
        f"{path.relative_to(ROOT)}:{line}: {part(name(path)) or 'bench'} ({half(part(name(path)))}) imports {imported}"
        for path in paths
        for line, imported in imports(path)
        if imported.split(".")[0] == "bench"
        and not allowed(name(path), part(imported) if part(imported) in parts else "")
    ]


def out_of_place(paths: Iterable[Path]) -> list[str]:
    """Each import of a heavy package outside the part that it is for, with its file and line."""
    return [
        f"{path.relative_to(ROOT)}:{line}: {imported} belongs in bench/{ONLY_IN[package]}/"
        for path in paths
        for line, imported in imports(path)
        if (package := imported.split(".")[0]) in ONLY_IN and part(name(path)) != ONLY_IN[package]
    ]


def test_neither_half_knows_the_other() -> None:
    assert not against_the_direction(MODULES)


def test_heavy_packages_stay_in_their_place() -> None:
    assert not out_of_place(MODULES)


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        ("bench/launch.py", "from bench.report import page", "launch (doing) imports bench.report.page"),
        ("bench/launch.py", "from bench import stats", "launch (doing) imports bench.stats"),
        ("bench/model.py", "import bench.launch", "model (shared) imports bench.launch"),
        ("bench/report/page.py", "from ..launch import serving", "report (reading) imports bench.launch.serving"),
        ("bench/report/__init__.py", "from .. import cli", "report (reading) imports bench.cli"),
        ("bench/running/session.py", "from bench import report", "running (doing) imports bench.report"),
    ],
)
def test_a_wrong_import_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, line: str, found: str
) -> None:
    source = tmp_path / file
    source.parent.mkdir(parents=True)
    source.write_text(f"\n{line}\n")
    files = [tmp_path / "bench" / f"{other}.py" for other in ("launch", "stats", "catalog", "report", "cli")]
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "MODULES", [*files, source])
    assert against_the_direction([source]) == [f"{file}:2: {found}"]


def test_a_heavy_import_is_named_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "bench" / "stats.py"
    source.parent.mkdir()
    source.write_text("def mean():\n    import pandas.core\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert out_of_place([source]) == ["bench/stats.py:2: pandas.core belongs in bench/report/"]


@pytest.mark.parametrize(
    "action", ["build_parser()", "main(['list', '--json'])", "main(['check', '--json', 'no-such-row'])"]
)
def test_the_command_line_starts_without_what_is_slow_to_import(action: str) -> None:
    code = f"import sys, bench.cli; bench.cli.{action}; print(*sys.modules, sep='\\n', file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not SLOW_TO_IMPORT & set(done.stderr.splitlines())
