"""Only what is near is loaded, and only what was judged: however a URL is written, and wherever an answer points."""

import json
import shutil
import socket
from typing import Any

import pytest
from scripted import HELLO, always, right, scripted

from bench import drivers
from bench.cli import main
from bench.drivers.destination import destination, reach
from bench.errors import BenchError
from bench.model import Load, Request, Target

TOOLS = [name for name in drivers.DRIVERS if name == "locust" or shutil.which(name)]


@pytest.fixture
def nobody_connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where connections were tried to, which must be nowhere."""
    tried: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda plug, address: tried.append(address))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda plug, address: tried.append(address))
    return tried


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param(
            "http://198.51.100.7/",
            "neither on this machine nor in a private network",
            marks=pytest.mark.fault("security", "a target on the internet", "refused before anybody is connected to"),
        ),
        pytest.param(
            "http://3325256711/",
            "leads to 198.51.100.7",
            marks=pytest.mark.fault(
                "security", "an address in disguise: decimal, octal, hexadecimal, IPv6", "judged by where it leads"
            ),
        ),
        ("http://0306.063.0144.07/", "leads to 198.51.100.7"),
        ("http://0xc6.0x33.0x64.0x7/", "leads to 198.51.100.7"),
        ("http://[::ffff:198.51.100.7]/", "leads to ::ffff:198.51.100.7"),
        ("http://[2001:db8::1]/", "leads to 2001:db8::1"),
        ("http://169.254.169.254/latest/meta-data/", "leads to 169.254.169.254"),
        ("http://100.64.0.1/", "leads to 100.64.0.1"),
        pytest.param(
            "http://127.0.0.1@198.51.100.7/",
            "has a user's name in it",
            marks=pytest.mark.fault("security", "a user's name in a URL that looks like a host", "refused"),
        ),
        ("http://198.51.100.7\\@127.0.0.1/", "has a user's name in it"),
        ("http://198.51.100.7#@127.0.0.1/", "leads to 198.51.100.7"),
        ("http://198.51.100.7?@127.0.0.1/", "leads to 198.51.100.7"),
        ("http://0.0.0.0:8000/", "not one to ask; name 127.0.0.1"),
        ("http://[::]:8000/", "not one to ask; name 127.0.0.1"),
        ("http://224.0.0.1/", "not one to ask"),
        ("http://127.0.0.1:99999/", "leads nowhere"),
        ("http://127.0.0.1:1/ HTTP/1.1\r\nX: y", "blanks or control characters"),
        ("file:///etc/passwd", "not a URL that can be asked"),
    ],
)
def test_what_is_not_near_is_not_loaded(
    url: str, words: str, nobody_connects: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", url, "--duration", "0.1"]) == 2
    assert words in capsys.readouterr().err
    assert nobody_connects == []


def test_the_password_of_a_refused_url_is_not_repeated() -> None:
    with pytest.raises(BenchError) as refused:
        destination("http://felix:hunter2@127.0.0.1:8000/")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.8.9.10", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", "public"),
        ("192.168.0.1", "private"),
        ("fd00::1", "private"),
        ("fe80::1%eth0", "public"),
        ("169.254.1.1", "public"),
        ("192.0.2.1", "public"),
        ("8.8.8.8", "public"),
    ],
)
def test_how_far_away_an_address_is(address: str, expected: str) -> None:
    assert reach(address) == expected


def test_who_says_so_may_load_what_is_his_elsewhere() -> None:
    assert destination("http://198.51.100.7:81/x", public=True) == Target(
        "198.51.100.7:81", "http://198.51.100.7:81", host="198.51.100.7:81"
    )


@pytest.mark.fault(
    "security", "a name that leads elsewhere when it is looked up again", "the address that was judged is loaded"
)
def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers, asked = iter(["127.0.0.1", "198.51.100.7"]), []

    def resolver(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    with scripted(always(HELLO)) as server, monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", resolver)
        port = server.url.rpartition(":")[2]
        assert main(["load", f"http://rebind.example:{port}/", "--duration", "0.1", "--json"]) == 0
    assert asked == ["rebind.example"]
    assert json.loads(capsys.readouterr().out)["responses"] > 0
    # Its name is still what it is called by.
    assert f"Host: rebind.example:{port}".encode() in server.requests[0]


@pytest.mark.fault(
    "security", "a name with a public address among its near ones", "refused before anybody is connected to"
)
def test_every_address_of_a_name_is_judged(monkeypatch: pytest.MonkeyPatch, nobody_connects: list[Any]) -> None:
    def resolver(host: str, port: int, **more: Any) -> list[Any]:
        found = ("127.0.0.1", "198.51.100.7")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(BenchError, match=r"leads to 198\.51\.100\.7"):
        destination("http://mixed.example/")
    assert nobody_connects == []


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.fault("security", "a server that redirects the load to somebody else's", "no driver follows it")
@pytest.mark.fault("security", "a page that names somebody else's pictures and styles", "no driver fetches them")
def test_no_driver_is_lured_elsewhere(name: str) -> None:
    def answer(number: int, request: bytes) -> list[bytes]:
        body = f'<link rel="stylesheet" href="{elsewhere.url}/a.css"><img src="{elsewhere.url}/b.png">'
        kept = b"Connection: keep-alive"
        page = right(body.encode(), b"Content-Type: text/html", kept)
        moved = right(b"", b"Location: " + elsewhere.url.encode() + b"/x", kept).replace(b"200 OK", b"302 Found")
        return [moved if number % 2 else page]

    load = Load("x", connections=2, duration=1.0, requests=(Request("/", expected=None),))
    with scripted(always(HELLO)) as elsewhere, scripted(answer) as server:
        with drivers.driving(name) as drive:
            drive(Target("x", server.url), load)
        assert len(server.requests) > 1
        assert elsewhere.connections == 0
