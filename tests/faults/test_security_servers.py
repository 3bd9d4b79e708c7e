"""Servers are given nothing that a shell, a configuration file or a neighbour on this machine could turn against us."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
import shop
from rows import row
from waiting import eventually

from bench import check, cli, launch, room
from bench.check import inspect
from bench.errors import ConfigurationError
from bench.launch import Up
from bench.model import Request, Settings
from bench.processes.exposure import exposed
from bench.rows import programs
from bench.rows.catalog import Catalog, load_catalog
from bench.rows.guest import Guest, hosted
from bench.system import meter

CATALOG = load_catalog()
NASTY = [
    " two  words ",
    "-c",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "a'b",
    "a&&touch pwned",
    "{port}",
    "*",
]
FRONTS = {
    "nginx-static": "nginx",
    "gunicorn+nginx": "nginx",
    "modwsgi": "apache2",
    "gunicorn+apache": "apache2",
    "uwsgi+lighttpd": "lighttpd",
    "gunicorn+haproxy": "haproxy",
    "php+nginx": "php-fpm",
}
"""Rows, and the program in each whose workers may not be root."""
ECHO = """
import http.server, json, os, sys
open(os.path.join(sys.argv[2], "argv.json"), "w").write(json.dumps(sys.argv[3:]))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write(b"Hello World!")
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@contextmanager
def up(catalog: Catalog, name: str, folder: Path) -> Iterator[Up]:
    with launch.serving(catalog, catalog.servers[name], Settings(), log=folder / "log") as found:
        yield found


def echo(folder: Path, words: str) -> Catalog:
    """A row that notes what it was given, listens there, and answers as all others do."""
    script = folder / "echo.py"
    script.write_text(ECHO)
    table = row("echo", script).replace("{port}", f"{{port}} {folder} {words}")
    (folder / "rows.toml").write_text(table)
    return load_catalog(folder / "rows.toml")


@pytest.mark.fault("security", "a row whose server listens to the whole network", "its check fails and says where")
def test_a_row_that_others_can_reach_is_told(tmp_path: Path) -> None:
    waitress = CATALOG.servers["waitress"]
    open_to_all = replace(waitress, run=(waitress.run[0].replace("{host}", "0.0.0.0"),))
    seen = inspect(CATALOG, open_to_all, Settings(), tmp_path)
    assert seen.failure is not None
    assert seen.failure.startswith("it listens at 0.0.0.0:")
    assert not seen.ok


@pytest.mark.fault("security", "rows are to be reached by others (--host 0.0.0.0)", "said, and no backend can be")
@pytest.mark.parametrize("name", ["waitress", "uwsgi+nginx-tcp", "gunicorn+apache"])
def test_only_who_asks_for_it_can_be_reached_and_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[list[str]] = []
    monkeypatch.setattr(check, "exposed", lambda members: told.append(exposed(members)) or told[-1])
    assert cli.main(["check", name, "--host", "0.0.0.0"]) == 0, capsys.readouterr()
    # One whose slots differ is launched anew, at another port.
    assert told
    for places in told:
        assert len(places) == 1
        assert places[0].startswith("0.0.0.0:")
    assert "bench: rows listen at 0.0.0.0: whoever reaches this machine can ask them" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["8.8.8.8", "localhost", "::", ""])
def test_rows_listen_at_no_other_address(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "waitress", "--host", host]) == 2
    assert "argument --host: invalid choice" in capsys.readouterr().err


def test_what_stands_behind_a_front_proxy_listens_on_loopback_whatever_the_host() -> None:
    far = replace(CATALOG, host="0.0.0.0")
    for server in CATALOG.servers.values():
        told = launch.described(far, server, Settings())
        assert not re.search(r"0\.0\.0\.0:PORT\d", f"{told.commands} {told.files}"), server.name


@pytest.mark.fault("security", "settings and folders that a shell would obey", "each arrives as one argument")
def test_whatever_fills_a_hole_arrives_as_one_argument(tmp_path: Path) -> None:
    for number, name in enumerate(NASTY):
        folder = tmp_path / f"{number}{name}"
        folder.mkdir()
        known = echo(tmp_path, words="{project} --path={project} '{project} x'")
        apps = {"wsgi": replace(known.apps["wsgi"], folder=str(folder))}
        with up(replace(known, apps={**known.apps, **apps}), "echo", tmp_path):
            told = json.loads((tmp_path / "argv.json").read_text())
        assert told == [str(folder), f"--path={folder}", f"{folder} x"]
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("name", ["gunicorn", "waitress", "uwsgi", "modwsgi", "cgi+lighttpd", "uvicorn-wsgi"])
@pytest.mark.fault(
    "security", "an app in a folder named like a command", "it is served, and nothing of its name is run"
)
def test_an_app_in_a_folder_of_any_name_is_served(name: str, tmp_path: Path) -> None:
    with TemporaryDirectory() as place:
        # Apache's workers are nobody, who must be able to read the app.
        os.chmod(place, 0o755)  # noqa: S103
        # A colon parts folders in PYTHONPATH, whatever one does.
        folder = Path(place) / "-x; touch pwned `touch pwned` $(touch pwned) 'a'"
        folder.mkdir()
        (folder / "shop.py").write_text(shop.wsgi())
        known = hosted(CATALOG, Guest("shop:app", folder, "wsgi"), tell=lambda line: None)
        apps = {"wsgi": replace(known.apps["wsgi"], right=Request(expected="from wsgi"))}
        with up(replace(known, apps={**known.apps, **apps}), name, tmp_path) as found:
            assert found.ready > 0
        assert not list(Path(place).rglob("pwned"))
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("name", ['a"b', "a\nLoadModule evil", "a\\"])
@pytest.mark.fault("security", "a folder that ends a string in a configuration file", "refused before anything starts")
def test_a_folder_cannot_write_a_servers_configuration(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    known = hosted(CATALOG, Guest("shop:app", folder, "wsgi"), tell=lambda line: None)
    with (
        pytest.raises(ConfigurationError, match="which no configuration file can hold"),
        up(known, "modwsgi", tmp_path),
    ):
        pass


@pytest.mark.parametrize("target", ["-c:app", "os;x:app", "a b:app", "shop:app()", "shop:app\n", "__import__('os'):x"])
def test_an_app_is_a_module_and_an_attribute(target: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no app"):
        hosted(CATALOG, Guest(target, tmp_path), tell=lambda line: None)


@pytest.mark.fault("security", "another user of this machine looks for sockets", "scratch folders are closed to him")
def test_a_scratch_folder_is_nobody_elses(tmp_path: Path) -> None:
    with room.scratch() as one, room.scratch() as other:
        assert len(one.name) - len("bench-") >= 8
        assert one.name != other.name
        assert one.stat().st_uid == os.geteuid()
        # Root's is open to the group of the account that front proxies work as, and to nobody else.
        assert one.stat().st_mode & 0o777 == (0o710 if os.geteuid() == 0 else 0o700)
        (one / "app.sock").touch()
        enter = "import os, sys; os.setgroups([]); os.setgid(54321); os.setuid(54321); open(sys.argv[1])"
        if os.geteuid() == 0:
            stranger = [sys.executable, "-I", "-c", enter, str(one / "app.sock")]
            assert "PermissionError" in subprocess.run(stranger, capture_output=True, text=True, check=False).stderr
    assert not one.exists()


@pytest.mark.parametrize(
    ("name", "program"),
    [(name, program) for name, program in FRONTS.items() if not CATALOG.obstacle(CATALOG.servers[name])],
)
@pytest.mark.fault("security", "a front proxy or PHP that is taken over, started by root", "its workers are nobody")
def test_what_faces_the_network_does_not_work_as_root(name: str, program: str, tmp_path: Path) -> None:
    account = programs.account()[0]
    with up(CATALOG, name, tmp_path) as found:
        # A new worker is its master's until it has given that up.
        eventually(lambda: workers(found.target.pid or 0, program) == {account})


def workers(top: int, program: str) -> set[str]:
    """Whose the processes are that are no masters; nobody's where one went while it was looked at."""
    try:
        members = [psutil.Process(pid) for pid in meter.tree(top)]
        tree = [(one.username(), one.ppid(), one.pid) for one in members if program in one.name()]
    except psutil.NoSuchProcess:
        return set()
    masters = {parent for _, parent, _ in tree} & {pid for _, _, pid in tree}
    return {user for user, _, pid in tree if pid not in masters}
