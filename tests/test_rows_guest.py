"""A user's own app under the project's rows: which can serve it, what is right, and what is said when it is not."""

import json
from pathlib import Path

import pytest
from shop import ASGI, bench, wsgi

from bench.errors import ConfigurationError
from bench.rows.catalog import load_catalog
from bench.rows.guest import Guest, hosted


def shop(folder: Path, source: str) -> Path:
    (folder / "shop.py").write_text(source)
    return folder


@pytest.mark.parametrize(
    ("source", "interface"),
    [
        (wsgi(), "wsgi"),
        (ASGI, "asgi"),
        ("class App:\n    async def __call__(self, scope, receive, send): ...\napp = App()", "asgi"),
        ("class App:\n    def __call__(self, environ, start_response): ...\napp = App()", "wsgi"),
        ("from flask import Flask\napp = Flask(__name__)", "wsgi"),
    ],
)
def test_the_interface_is_found_out_and_rows_of_another_are_left_out(
    tmp_path: Path, source: str, interface: str
) -> None:
    known = hosted(load_catalog(), Guest("shop:app", shop(tmp_path, source)))
    assert known.apps[interface].folder == str(tmp_path)
    left_out = {name for name, server in known.servers.items() if "shop:app is" in server.unavailable}
    assert left_out == {name for name, server in known.servers.items() if server.serves != interface and server.run}


@pytest.mark.parametrize(
    ("guest", "sentence"),
    [
        (Guest("shop", Path()), "--app 'shop' is no app: write module:attribute"),
        (Guest("shop:app", Path("nowhere")), "--project nowhere is no folder"),
        (Guest("no_shop:app", Path()), "cannot be imported from .*: ModuleNotFoundError: No module named 'no_shop'"),
        (Guest("os:sep", Path()), "cannot be imported|looks neither like WSGI nor like ASGI"),
        (Guest("os:path", Path(), path="p"), "--path 'p' must begin with a slash"),
    ],
)
def test_what_is_no_app_is_told_in_a_sentence(guest: Guest, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        hosted(load_catalog(), guest)


def test_a_steady_body_is_checked_and_a_changing_one_is_not(tmp_path: Path) -> None:
    steady = bench(shop(tmp_path, wsgi()), "check", "waitress", "--app", "shop:app")
    assert steady.returncode == 0, steady.stderr
    assert "status 200; the body, 9 bytes, was the same each time: every byte of it is checked" in steady.stderr
    moving = bench(shop(tmp_path, wsgi("str(time.time()).encode()")), "check", "waitress", "--app", "shop:app")
    assert moving.returncode == 0, moving.stderr
    assert "another one each time: it is not checked" in moving.stderr


def test_an_app_of_that_name_in_the_project_does_not_come_before_the_users(tmp_path: Path) -> None:
    (tmp_path / "flask_app.py").write_text(wsgi('b"mine"'))
    said = bench(tmp_path, "check", "waitress", "gevent", "--app", "flask_app:app", "--json")
    assert said.returncode == 0, said.stderr
    assert "the body, 4 bytes" in said.stderr
    assert [row["ok"] for row in json.loads(said.stdout)] == [True, True]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (wsgi(status="404 Not Found"), "shop:app answers / with status 404: name what it serves with --path."),
        ("raise RuntimeError('no database')", "cannot be imported from"),
    ],
)
def test_an_app_that_does_not_serve_is_exit_code_two(tmp_path: Path, source: str, sentence: str) -> None:
    said = bench(shop(tmp_path, source), "check", "waitress", "--app", "shop:app")
    assert said.returncode == 2
    assert sentence in said.stderr
    assert "Traceback" not in said.stderr


def test_variables_reach_the_app_only_when_they_are_named(tmp_path: Path) -> None:
    told = shop(tmp_path, wsgi('os.environ.get("SHOP", "none").encode()'))
    here = {"SHOP": "open all day"}
    assert "the body, 4 bytes" in bench(told, "check", "waitress", "--app", "shop:app", **here).stderr
    named = bench(told, "check", "waitress", "--app", "shop:app", "--env", "SHOP", **here)
    assert "the body, 12 bytes" in named.stderr
    missing = bench(told, "check", "waitress", "--app", "shop:app", "--env", "NO_SHOP")
    assert missing.returncode == 2
    assert "--env NO_SHOP has no value" in missing.stderr
