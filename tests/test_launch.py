"""A server is up when it answers rightly, fails with its last words, and is gone afterwards."""

import os
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest
from rows import FAULTS, faulty, row

from bench import probe
from bench.errors import BenchError, ServerError
from bench.launch import Up, described, serving
from bench.model import Settings
from bench.processes import ports, words
from bench.rows.catalog import Catalog, load_catalog
from bench.system import meter


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return faulty(tmp_path)


def launched(catalog: Catalog, name: str, tmp_path: Path, deadline: float = 15) -> Up:
    with serving(catalog, catalog.servers[name], Settings(), log=tmp_path / "log", deadline=deadline) as up:
        return up


def test_a_server_is_up_when_it_answers_and_gone_after_its_block(catalog: Catalog, tmp_path: Path) -> None:
    with serving(catalog, catalog.servers["right"], Settings(), log=tmp_path / "log") as up:
        assert probe.is_right(probe.answers(up.target.url + "/", timeout=5))
        assert up.ready > 0
        assert len(up.first_byte) == 2
        members = list(meter.tree(up.ward.pid))
    assert not any(psutil.pid_exists(pid) for pid in members)
    with pytest.raises(OSError, match="refused"):
        probe.answers(up.target.url + "/", timeout=5)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("exits", "exits exited with status 3 before it answered; it last said: no such app"),
        ("wrong-body", "wrong-body answered 200 b'Goodbye!' where 200 b'Hello World!' was expected"),
        ("wrong-status", "wrong-status answered 404"),
    ],
)
def test_a_wrong_start_is_told_at_once(catalog: Catalog, tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(ServerError, match=sentence):
        launched(catalog, name, tmp_path)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("sleeps", r"sleeps gave no right answer in time, at last .*refused"),
        ("silent", r"silent gave no right answer in time, at last no whole answer came in time"),
        ("broken-gateway", "broken-gateway gave no right answer in time, at last 502 b'Bad Gateway'"),
    ],
)
def test_a_server_that_never_answers_rightly_fails_at_its_deadline(
    catalog: Catalog, tmp_path: Path, name: str, sentence: str
) -> None:
    with pytest.raises(ServerError, match=sentence):
        launched(catalog, name, tmp_path, deadline=3.0)


def test_an_occupied_port_is_told_in_the_servers_own_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        script = tmp_path / "taken.py"
        script.write_text(f"import socket; socket.create_server(('127.0.0.1', {taken.getsockname()[1]}))")
        (tmp_path / "rows.toml").write_text(row("taken", script))
        with pytest.raises(ServerError, match=r"taken exited with status 1 .*Address already in use"):
            launched(load_catalog(tmp_path / "rows.toml"), "taken", tmp_path)


@pytest.mark.fault("server", "its app does not import", "the row fails with the reason from its log")
def test_an_app_that_does_not_import_is_told_with_the_reason(tmp_path: Path) -> None:
    text = '[broken]\ntitle = "b"\nserves = "wsgi"\nslots = "1"\n'
    (tmp_path / "rows.toml").write_text(text + 'run = ["waitress-serve --listen={host}:{port} no_such_module:app"]\n')
    with pytest.raises(ServerError, match=r"broken exited with status 1 before it answered; .*no_such_module"):
        launched(load_catalog(tmp_path / "rows.toml"), "broken", tmp_path)


def test_ports_that_are_taken_are_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        numbers = [listener.getsockname()[1] for listener in (taken, free)]
        free.close()
        monkeypatch.setattr(ports, "_RANGE", numbers)
        assert ports.free(1) == numbers[1:]
        with pytest.raises(BenchError, match="no 2 ports are free"):
            ports.free(2)


def test_servers_get_none_of_the_users_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "swordfish")
    monkeypatch.setenv("PYTHONSTARTUP", "elsewhere.py")
    script = tmp_path / "tell.py"
    script.write_text("import os; print(sorted(os.environ)); raise SystemExit(1)")
    (tmp_path / "rows.toml").write_text(row("tell", script))
    with pytest.raises(ServerError, match="'HOME', 'LANG'") as caught:
        launched(load_catalog(tmp_path / "rows.toml"), "tell", tmp_path)
    assert "SECRET" not in str(caught.value)
    assert "PYTHONSTARTUP" not in str(caught.value)


def test_the_scratch_folder_is_gone_afterwards(catalog: Catalog, tmp_path: Path) -> None:
    with serving(catalog, catalog.servers["right"], Settings(), log=tmp_path / "log") as up:
        scratch = Path(os.readlink(f"/proc/{up.ward.pids[0]}/cwd"))
        assert scratch.is_dir()
        assert scratch.stat().st_mode & 0o066 == 0
    assert not scratch.exists()


def test_the_record_of_a_row_names_no_folder_of_this_machine() -> None:
    catalog = load_catalog()
    for server in catalog.servers.values():
        text = str(described(catalog, server, Settings()))
        assert sys.prefix not in text
        assert str(Path.home()) + "/" not in text


def test_last_words_are_few_plain_and_short(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\n".join([b"old"] * 50 + [b"\x1b[31mred\x1b[0m\x07", b"\xff\xfe", b"x" * 9999, b""]))
    assert words.last(log, 3) == ("[31mred[0m", "\N{REPLACEMENT CHARACTER}" * 2, "x" * 400)
    assert words.last(tmp_path / "none") == ()


def test_several_rows_can_be_up_at_once(catalog: Catalog, tmp_path: Path) -> None:
    with (
        serving(catalog, catalog.servers["right"], Settings(), log=tmp_path / "a") as one,
        serving(catalog, catalog.servers["waitress"], Settings(), log=tmp_path / "b") as other,
    ):
        assert one.target.url != other.target.url
        assert all(probe.is_right(probe.answers(up.target.url + "/", timeout=5)) for up in (one, other))


def test_a_slow_start_is_waited_for(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    slow = 0.7
    script.write_text(f"import time; time.sleep({slow})\n" + FAULTS["right"])
    (tmp_path / "rows.toml").write_text(row("slow", script))
    began = time.monotonic()
    up = launched(load_catalog(tmp_path / "rows.toml"), "slow", tmp_path)
    assert slow < up.ready < time.monotonic() - began


def test_what_must_be_prepared_is_done_before_the_server_begins(tmp_path: Path) -> None:
    script = tmp_path / "late.py"
    script.write_text(f"open('made').read()\n{FAULTS['right']}")
    make = tmp_path / "make.py"
    make.write_text("open('made', 'w').close()")
    refuse = tmp_path / "refuse.py"
    refuse.write_text("raise SystemExit('no disk')")
    text = row("prepared", script, prepare=f'["{{python}} {make}"]') + row(
        "refused", script, prepare=f'["{{python}} {refuse}"]'
    )
    (tmp_path / "rows.toml").write_text(text)
    catalog = load_catalog(tmp_path / "rows.toml")
    assert launched(catalog, "prepared", tmp_path).ready > 0
    with pytest.raises(
        ServerError, match=r"refused could not be prepared: .* exited with status 1; it last said: no disk"
    ):
        launched(catalog, "refused", tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="the row with TLS needs a system other than Windows")
def test_a_row_with_tls_is_asked_over_it(tmp_path: Path) -> None:
    catalog = load_catalog()
    server = catalog.servers["gunicorn+nginx-tls"]
    with serving(catalog, server, Settings(), log=tmp_path / "log") as up:
        assert up.target.url.startswith("https://")
        assert probe.manner(up.target.url).keep_alive
        plain = probe.answers(up.target.url.replace("https", "http") + "/", timeout=5)
        assert plain.status == 400
