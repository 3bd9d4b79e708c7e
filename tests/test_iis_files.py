"""The files that IIS reads are what its schema takes, and say what wfastcgi looks for; bad ones are found out."""

import re
from pathlib import Path
from xml.dom import minidom

import pytest
from iis_schema import faults

from bench import launch
from bench.model import Settings
from bench.rows import rendering
from bench.rows.catalog import assets, load_catalog

CATALOG = load_catalog()
FILES = sorted((assets() / "configs" / "iis").rglob("*.config"))
ROWS = CATALOG.select(["@iis"])
HOLES = dict.fromkeys(rendering.HOLES, "4") | {
    "python": r"C:\b\venv\Scripts\python.exe",
    "packages": r"C:\b\venv\Lib\site-packages",
    "project": r"C:\b\apps",
    "scratch": r"C:\t\bench-x",
    "module": "flask_app",
    "attribute": "app",
}


def filled(path: Path) -> str:
    return rendering.fill(path.read_text("utf-8"), HOLES, path.name)


def named(name: str) -> str:
    return filled(assets() / "configs" / "iis" / name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_is_what_iis_takes(path: Path) -> None:
    assert faults(filled(path)) == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "fault"),
    [
        ("iisexpress.config", 'maxInstances="4"', 'maxInstances="10001"', "maxInstances='10001' is not in"),
        ("iisexpress.config", 'arguments="C:', 'arguments="D:', "is no entry of fastCgi"),
        ("iisexpress.config", "globalModules", "globalModule", "system.webServer/globalModule is no section"),
        ("documented/web.config", "requireAccess", "requiresAccess", "an unknown attribute requiresAccess"),
        ("documented/web.config", 'verb="*"', "", "has no verb"),
        ("documented/web.config", "PassThrough", "Pass", "existingResponse='Pass' is not Auto"),
        ("ptvs/web.config", "<match ", "<matches ", "an unknown element matches"),
        ("httpplatform/web.config", "00:02:00", "120", "requestTimeout='120' is not"),
        ("web.config", "PYTHONPATH", "WSGI_HANDLER", "twice"),
    ],
)
def test_what_iis_would_refuse_is_found(file: str, right: str, wrong: str, fault: str) -> None:
    text = named(file)
    assert right in text
    assert any(fault in found for found in faults(text.replace(right, wrong)))


@pytest.mark.parametrize("file", ["web.config", "documented/web.config", "ptvs/web.config"])
def test_wfastcgi_finds_its_app_and_watches_no_files(file: str) -> None:
    # As wfastcgi 3.0.0 reads it: minidom, <appSettings>, <add key value>.
    document = minidom.parseString(named(file))  # noqa: S318
    settings = {
        add.getAttribute("key"): add.getAttribute("value")
        for parent in document.getElementsByTagName("appSettings")
        for add in parent.getElementsByTagName("add")
    }
    assert settings == {
        "WSGI_HANDLER": "flask_app.app",
        "PYTHONPATH": r"C:\b\apps",
        "WSGI_RESTART_FILE_REGEX": "",
    }


def test_the_form_of_the_visual_studio_tools_hands_all_but_static_files_to_one_handler() -> None:
    text = named("ptvs/web.config")
    patterns = re.findall(r'match url="([^"]+)"', text)
    assert [bool(re.search(patterns[0], path)) for path in ("static/style.css", "", "json")] == [True, False, False]
    assert re.search(patterns[1], "json")
    assert 'path="handler.fcgi"' in text
    assert 'url="handler.fcgi/{R:1}"' in text


@pytest.mark.parametrize("server", ROWS, ids=lambda server: server.name)
def test_a_row_is_recorded_with_all_that_iis_reads(server) -> None:  # type: ignore[no-untyped-def]
    described = launch.described(CATALOG, server, Settings(workers=3, threads=5))
    assert described.commands
    assert all(faults(text) == [] for text in described.files.values())
    assert "web.config" in described.files


@pytest.mark.parametrize("server", ROWS, ids=lambda server: server.name)
def test_a_row_needs_windows_and_has_time_to_be_taken_down(server) -> None:  # type: ignore[no-untyped-def]
    assert server.platforms == ("win32",)
    assert server.deadline > 15
    assert server.grace >= 60 or server.run[0].startswith("iisexpress")
