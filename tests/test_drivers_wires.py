"""Bytes go by TCP, by TLS and by unix sockets alike, and a URL that leads nowhere is refused in a sentence."""

import shutil
import subprocess
from contextlib import closing

import pytest
from scripted import BRIEF, CLOSE, HELLO, always, right, scripted, windows

from bench.drivers.engine import measure
from bench.drivers.poller import POLLERS
from bench.drivers.pool import Pool
from bench.errors import DriverError
from bench.model import Load, Request, Target


@pytest.fixture(params=POLLERS)
def polling(request):
    return request.param


def test_unix_sockets_are_asked_like_others(tmp_path, polling):
    with scripted(always(HELLO), path=str(tmp_path / "socket")) as server:
        (measured,) = windows(server, Load("test", connections=4, duration=BRIEF), polling=polling)
    assert measured.errors == {}
    assert measured.responses == len(server.requests) > 10


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl makes the certificate for TLS, and is not here")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    names = ["-subj", "/CN=localhost", "-keyout", str(path), "-out", str(path)]
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names], check=True, capture_output=True)
    return str(path)


@pytest.mark.parametrize(
    "steps", [(HELLO,), (right(b"Hello World!", b"Connection: close"), CLOSE)], ids=["kept", "closed"]
)
def test_tls_is_spoken_without_asking_who_signed(certificate, steps, polling):
    with scripted(always(*steps), certificate=certificate) as server:
        (measured,) = windows(server, Load("test", connections=4, duration=0.2), polling=polling)
    assert measured.errors == {}
    assert measured.responses == len(server.requests) > 3


def test_great_bodies_go_through_tls(certificate):
    body = "0123456789" * 100_000
    request = Request("/echo", method="POST", body=body, expected=body)
    with scripted(lambda _, asked: [right(asked.partition(b"\r\n\r\n")[2])], certificate=certificate) as server:
        (measured,) = windows(server, Load("test", connections=2, duration=BRIEF, requests=(request,)))
    assert measured.errors == {}
    assert measured.responses >= 2


def test_tls_to_a_server_that_speaks_none_is_an_error():
    with scripted(always(HELLO)) as server, closing(Pool(server.url.replace("http:", "https:"))) as pool:
        server.requests.clear()
        load = Load("test", connections=2, duration=BRIEF, timeout=0.2)
        measured = measure(pool, Target("a", server.url), load, 0)
    assert measured.responses == 0
    assert measured.errors


@pytest.mark.parametrize("load", [Load("test"), Load("test", rate=10)], ids=["closed", "open"])
def test_where_nobody_listens_nothing_is_measured(load):
    with scripted(always()) as server:
        url = server.url
    with closing(Pool(url)) as pool, pytest.raises(DriverError, match="nobody answers at http://127"):
        measure(pool, Target("gone", url), load, 0)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "127.0.0.1:80", "http://", "http://127.0.0.1:x/", "http://no-such-name.invalid/", ""]
)
def test_a_url_that_leads_nowhere_is_refused_in_a_sentence(url):
    with pytest.raises(DriverError, match=r"^'.*' (leads nowhere|is not a URL)"):
        Pool(url)
