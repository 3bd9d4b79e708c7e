"""What `bench export` writes can be deployed: scripts without a fault, units that systemd reads, all holes filled."""

import codecs
import configparser
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tree_sitter_powershell
from iis_schema import faults
from test_iis_plan import DEFAULTS, PLATFORM, TUNED
from tree_sitter import Language, Node, Parser

from bench.cli import main
from bench.iis.plan import Call, down, up
from bench.iis.script import scripts
from bench.iis.site import Site
from bench.model import Server, Settings
from bench.rows import export
from bench.rows.catalog import load_catalog

CATALOG = load_catalog()
POSIX = [row for row in CATALOG.servers.values() if row.run and "iis" not in row.groups]
POWERSHELL = Parser(Language(tree_sitter_powershell.language()))
PROGRAMS = {"$AppCmd": "appcmd", "icacls.exe": "icacls", "$Python": "python"}


def broken(script: str) -> list[str]:
    """What a parser of PowerShell cannot make sense of."""
    return [
        _text(node)
        for node in _nodes(POWERSHELL.parse(script.encode()).root_node)
        if node.type == "ERROR" or node.is_missing
    ]


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for below in node.children:
        yield from _nodes(below)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def steps(script: str, variables: dict[str, str]) -> list[Call]:
    """The programs that a script calls, with every variable's value filled in, as PowerShell would."""
    found = []
    for line in script.splitlines():
        if match := re.match(r"Invoke-Step -Program (\S+) -Arguments @\((.*)\)( -Needed \$false)?$", line):
            words = [
                re.sub(r"\$\{(\w+)\}", lambda name: variables[name[1]], word)
                for word in re.findall(r'"([^"]*)"', match[2])
            ]
            found.append(Call(PROGRAMS[match[1]], tuple(words), match[3] is None))  # type: ignore[arg-type]
    return found


def values(site: Site) -> dict[str, str]:
    return {
        "Site": site.name,
        "Port": str(site.port),
        "Root": str(site.root),
        "Folder": str(site.folder),
        "Python": str(site.python.executable),
        "Packages": str(site.wfastcgi.parent if site.wfastcgi else ""),
        "Environment": str(site.python.prefix),
        "Base": str(site.python.base),
        "Account": site.account,
    }


@pytest.mark.parametrize("site", [TUNED, DEFAULTS, PLATFORM], ids=["tuned", "defaults", "platform"])
def test_scripts_say_to_iis_what_the_plan_says(site: Site) -> None:
    written = scripts(site)
    assert steps(written["up.ps1"], values(site))[1:] == [step for step in up(site) if isinstance(step, Call)]
    assert steps(written["down.ps1"], values(site)) == [step for step in down(site) if isinstance(step, Call)]


@pytest.mark.parametrize("site", [TUNED, DEFAULTS, PLATFORM], ids=["tuned", "defaults", "platform"])
def test_scripts_say_the_same_of_any_other_site_that_they_are_given(site: Site) -> None:
    others = {name: f"other-{name}" for name in values(site)}
    for name, script in scripts(site).items():
        said = " ".join(word for step in steps(script, others) for word in step.arguments)
        assert not any(value in said for value in values(site).values() if value), name


@pytest.mark.parametrize("row", ["iis+wfastcgi", "iis+wfastcgi-defaults", "iis+httpplatform-waitress"])
def test_a_folder_for_iis_has_scripts_and_files_without_a_fault(row: str, tmp_path: Path) -> None:
    assert main(["export", row, "--to", str(tmp_path / "out"), "--app", "shop.web:app", "--root", "D:\\shop"]) == 0
    files = {str(path.relative_to(tmp_path / "out")): path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert {"up.ps1", "down.ps1", "README.md", "web.config"} <= files.keys()
    for name, path in files.items():
        text = path.read_text("utf-8")
        assert "@" not in re.sub(r"(?<=\W)@[(A]|@Arguments", "", text), name
        assert "{port}" not in text
        if name.endswith(".ps1"):
            assert broken(text) == []
            assert path.read_bytes().startswith(codecs.BOM_UTF8)
            assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")
        if name.endswith(".config"):
            assert faults(text) == []
    if "wfastcgi" in row:
        assert "shop.web.app" in files["documented/web.config"].read_text()
        assert 'path="handler.fcgi"' in files["ptvs/web.config"].read_text()
        assert all(f"### IIS {version}" in files["README.md"].read_text() for version in ("10 and 8.5", "7", "6"))


@pytest.mark.parametrize("name", ["site", "app", "config"])
@pytest.mark.parametrize("port", [80, 1000])
def test_a_sites_name_and_port_are_never_taken_for_other_words(name: str, port: int) -> None:
    root = TUNED.root / name
    site = replace(TUNED, name=name, port=port, root=root, folder=root, environment={})
    for script, plan in zip(scripts(site).values(), (up, down), strict=True):
        other = replace(site, name="other", port=4711)
        said = [step for step in steps(script, values(other)) if step.arguments]
        assert said == [step for step in plan(other) if isinstance(step, Call)]


@pytest.mark.parametrize(
    ("root", "way"),
    [
        ("C:\\my site", "has a space in it.*move the app"),
        ("C:\\a&b\\site", "has & in it"),
        ("C:\\größe", "the site's name = 'größe': use letters"),
        ("site", "no folder of a Windows machine, such as C:"),
        ("C:\\", "no folder of a Windows machine"),
        ("/srv/app", "no folder of a Windows machine"),
    ],
)
def test_a_folder_that_iis_cannot_serve_is_refused(
    root: str, way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "iis+wfastcgi", "--to", str(tmp_path / "out"), "--root", root]) == 2
    assert re.search(way, capsys.readouterr().err)
    assert not (tmp_path / "out").exists()


def test_letters_of_all_languages_reach_windows_powershell(tmp_path: Path) -> None:
    assert main(["export", "iis+wfastcgi", "--to", str(tmp_path / "out"), "--root", "C:\\größe\\shop"]) == 0
    written = (tmp_path / "out" / "up.ps1").read_bytes()
    assert written.startswith(codecs.BOM_UTF8)
    assert "$Root = 'C:\\größe\\shop'" in written.decode("utf-8-sig")


def test_a_script_asks_for_the_module_that_its_site_needs() -> None:
    assert "iisfcgi.dll" in scripts(TUNED)["up.ps1"]
    assert "httpPlatformHandler.dll" in scripts(PLATFORM)["up.ps1"]
    assert "iisfcgi.dll" not in scripts(PLATFORM)["up.ps1"]


def test_a_script_with_a_fault_is_found_out() -> None:
    script = scripts(TUNED)["up.ps1"]
    assert broken(script) == []
    assert broken(script.replace("if ($InstallFeatures) {", "if ($InstallFeatures {"))
    assert broken(script.replace("@('add', 'backup'", "@('add', 'backup"))


@pytest.mark.parametrize("server", POSIX, ids=lambda server: server.name)
def test_every_row_can_be_exported_with_all_its_holes_filled(server: Server) -> None:
    files = export.exported(CATALOG, server, Settings(), export.Place("/srv/app", 8000, "shop.web:app"))
    units = {name: text for name, text in files.items() if name.endswith(".service")}
    assert units
    for name, text in units.items():
        unit = configparser.RawConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(text)
        assert set(unit) == {"DEFAULT", "Unit", "Service", "Install"}, name
        words = shlex.split(unit["Service"]["ExecStart"])
        assert words
        assert "{" not in words[0]
    scripts_started = set(re.findall(r"/srv/app/(apps/\w+\.py)", "".join(units.values())))
    assert scripts_started <= files.keys()
    assert "8000" in "".join(files.values())
    assert not any("bench-" in text or str(Path(__file__).parent.parent) in text for text in files.values())


def test_what_is_written_is_told_and_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    assert main(["export", "gunicorn+nginx", "--to", str(folder), "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["files"]) >= {"README.md", "nginx.conf", "gunicorn-nginx-1.service"}
    assert "Requires=gunicorn-nginx-1.service" in (folder / "gunicorn-nginx-2.service").read_text()
    before = (folder / "README.md").read_text()
    assert main(["export", "waitress", "--to", str(folder)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert (folder / "README.md").read_text() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["@default"], "one row can be exported at a time"),
        (["gunicon"], "Did you mean 'gunicorn'"),
        (["waitress", "--app", "no target"], "is no module:attribute"),
        (["iisexpress+wfastcgi"], "bench export iis+wfastcgi"),
    ],
)
def test_a_wrong_question_is_answered_in_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments]) == 2
    assert sentence in capsys.readouterr().err
