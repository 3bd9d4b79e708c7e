"""Secrets planted wherever a harness might pick them up, and looked for in everything that it writes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import shop
from hypothesis import given
from hypothesis import strategies as st

from bench.system.discretion import discreet, header

ROOT = Path(__file__).parent.parent.parent
PLANTED = "wJalrXUtnFEMI-K7MDENG-bPxRfiCY"
GIVEN = "given-by-the-user-himself-9917"
REMOTE = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
BATTERY = "correct-horse-battery"
TALKATIVE = f"""
import os, sys
print("starting with", dict(os.environ), flush=True)
print("dsn=postgres://felix:{BATTERY}@db.example/shop", "Authorization: Bearer {REMOTE}", flush=True)
print(os.path.expanduser("~"), {{home!r}}, __file__, flush=True)

def app(environ, start_response):
    body = b"from wsgi"
    told = [("Content-Length", str(len(body))), ("Set-Cookie", "session={BATTERY}"), ("X-Key", "token={REMOTE}")]
    start_response("200 OK", told)
    return [body]
"""


def found(folder: Path, *words: str) -> list[tuple[str, str]]:
    """The files that hold any of these words, and which."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [(path.name, word) for path in files for word in words if word.encode() in path.read_bytes()]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's home with a project that talks too much, cloned with a token."""
    home = tmp_path / "felixs-own-home"
    home.mkdir()
    project = shop.repository(home / "shop", one=TALKATIVE.format(home=str(home)))
    shop.git(project, "remote", "add", "origin", f"https://felix:{REMOTE}@example.org/shop.git")
    return home


@pytest.mark.fault("security", "secrets in variables, a git remote, URLs and headers", "none is in anything written")
@pytest.mark.fault("security", "a server that prints its environment and its user's home", "both are left out of logs")
def test_nothing_that_is_written_holds_a_secret(home: Path) -> None:
    rows = ["waitress", "dies"]
    (home / "rows.toml").write_text(
        '[dies]\ntitle = "dies"\nserves = "wsgi"\nslots = "1"\n'
        f"run = [\"{{python}} -c 'import shop; raise SystemExit(3)' --password={BATTERY} {{port}}\"]\n"
    )
    options = ["--rounds", "1", "--duration", "0.2", "--connections", "4", "--results", str(home / "results")]
    asked = [
        "--app",
        "shop:app",
        "--project",
        str(home / "shop"),
        "--interface",
        "wsgi",
        "--env",
        f"PLAIN_NAME={GIVEN}",
    ]
    variables = {"HOME": str(home), "AWS_SECRET_ACCESS_KEY": PLANTED, "GITHUB_TOKEN": REMOTE, "DB_PASSWORD": BATTERY}
    done = shop.bench(home, "run", *rows, "--servers", home / "rows.toml", *options, *asked, **variables)
    (run,) = (home / "results").iterdir()
    assert "starting with" in (run / "logs" / "waitress-1.log").read_text(), done.stderr
    assert shop.bench(home, "report", run, **variables).returncode == 0
    assert shop.bench(home, "site", home / "results", "--out", home / "results" / "site", **variables).returncode == 0
    assert found(home / "results", PLANTED, GIVEN, REMOTE, BATTERY, str(home)) == []
    # The app was given what it was to be given, and its name is still told.
    assert "$PLAIN_NAME" in (run / "logs" / "waitress-1.log").read_text()


def test_an_exported_row_holds_nothing_of_this_machine(home: Path) -> None:
    done = shop.bench(
        home, "export", "uwsgi+nginx", "--to", home / "out", HOME=str(home), AWS_SECRET_ACCESS_KEY=PLANTED
    )
    assert done.returncode == 0, done.stderr
    assert found(home / "out", PLANTED, str(home), str(ROOT)) == []


@pytest.mark.fault("security", "a load program that sends what it finds in its environment", "it finds nothing there")
def test_programs_of_others_get_none_of_our_variables(tmp_path: Path) -> None:
    spy = tmp_path / "hey"
    spy.write_text(f"#!/bin/sh\nenv > {tmp_path}/told\nexit 1\n")
    spy.chmod(0o755)
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "AWS_SECRET_ACCESS_KEY": PLANTED, "HTTP_PROXY": "http://x"}
    script = "from bench import drivers; from bench.model import *\nwith drivers.driving('hey') as drive:\n"
    script += "    drive(Target('x', 'http://127.0.0.1:9'), Load('x', duration=0.1))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **variables}, capture_output=True, check=False
    )
    assert b"hey" in done.stderr
    told = (tmp_path / "told").read_text()
    assert "PATH=" in told
    assert PLANTED not in told
    assert "HTTP_PROXY" not in told


@pytest.mark.parametrize(
    "text",
    [
        f"AWS_SECRET_ACCESS_KEY={PLANTED}",
        f"{{'DB_PASSWORD': '{PLANTED}'}}",
        f'"api_key": "{PLANTED}"',
        f"GET /?token={PLANTED}&page=1",
        f"redis://default:{PLANTED}@cache:6379/0",
        f"Authorization: Basic {PLANTED}",
        f"Cookie: a=1; session={PLANTED}",
        f"-----BEGIN EC PRIVATE KEY-----\n{PLANTED}\n-----END EC PRIVATE KEY-----",
        f"glpat-{PLANTED}",
        f"sk-{PLANTED}",
        f"--password={PLANTED} --port=1",
    ],
)
def test_a_secret_is_known_by_how_it_is_introduced(text: str) -> None:
    assert PLANTED not in discreet(text)


@pytest.mark.parametrize(
    "text",
    [
        "ServerTokens Prod; author: me; session timeout=5",
        "http://127.0.0.1:8000/@me unix:/tmp/bench-x/app.sock",
        "--certfile SCRATCH/certificate.pem --keyfile SCRATCH/key.pem",
        "worker_connections = 1024; keepalive_timeout 60s",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert discreet(text) == text


@given(
    st.lists(
        st.sampled_from(["token", "=", ": ", "'", '"', "x", " ", "\n", "http://", "@", "cookie", "[…]", "Bearer "])
    ).map("".join)
)
def test_to_be_discreet_twice_changes_nothing(text: str) -> None:
    assert discreet(discreet(text)) == discreet(text)


def test_a_home_is_a_folder_and_not_a_part_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/al")
    assert discreet("/srv/al/x /srv/albert file:///srv/al") == "HOME/x /srv/albert file://HOME"
    monkeypatch.setenv("HOME", "/")
    assert discreet("/var/x") == "/var/x"
    assert header("Set-Cookie", "id=1") == ("Set-Cookie", "[…]")
    assert header("Server", "gunicorn") == ("Server", "gunicorn")
