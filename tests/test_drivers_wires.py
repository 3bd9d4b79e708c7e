"""Bytes go by TCP, by TLS and by unix sockets alike, and a URL that leads nowhere is refused in a sentence."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import BRIEF, CLOSE, HELLO, always, right, scripted, windows
from waiting import eventually

from bench.drivers.engine import measure
from bench.drivers.poller import POLLERS
from bench.drivers.pool import Pool
from bench.drivers.wire import Descriptors, Stamped
from bench.errors import DriverError
from bench.model import Load, Request, Target

UNREAD = 0.05
"""Seconds for which an answer lies there before anybody reads it."""
STOPPED = 0.3
"""Seconds for which a driver is held up."""


@pytest.fixture(params=POLLERS)
def polling(request):
    return request.param


def test_unix_sockets_are_asked_like_others(tmp_path, polling):
    path, load = str(tmp_path / "socket"), Load("test", connections=4, duration=60.0)
    with scripted(always(HELLO), path=path) as server, closing(Pool(server.url, polling)) as pool:
        target = Target("a", server.url)
        measured = measure(pool, target, load, 0, halted=lambda: len(server.requests) > 10)
    assert measured.errors == {}
    assert measured.responses == len(server.requests) > 10


@pytest.fixture
def connected():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
        with ours, theirs:
            yield ours, theirs


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux notes when bytes came in")
def test_what_came_in_long_before_it_is_read_is_known_to_have(connected):
    begin_to_note(*connected)


def begin_to_note(ours, theirs):
    """Have times noted until the connection ends: Linux begins a little after it was asked to, if nobody had asked."""
    wire = Stamped()
    wire.attach(ours.fileno(), ours)
    wire.stamp(ours.fileno())
    slack = 1_000_000

    def is_known():
        before = time.perf_counter_ns()
        theirs.send(b"answer")
        after = time.perf_counter_ns()
        time.sleep(UNREAD)
        data, at = wire.hear(ours.fileno(), 100)
        assert data == b"answer"
        return before - slack < at < after + slack

    assert eventually(is_known)


@pytest.mark.parametrize("wire", [Stamped(), Descriptors()])
def test_what_was_not_stamped_came_in_when_it_is_read(connected, wire):
    ours, theirs = connected
    wire.attach(ours.fileno(), ours)
    theirs.send(b"answer")
    before = time.perf_counter_ns()
    data, at = wire.hear(ours.fileno(), 100)
    assert data == b"answer"
    assert before <= at <= time.perf_counter_ns()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux notes when bytes came in")
@given(step=st.integers(-(10**13), 10**13))
def test_a_clock_that_is_set_in_the_meantime_never_gives_an_answer_from_the_future(step):
    stamp = time.time_ns() + step
    note = (socket.SOL_SOCKET, 35, _bytes(stamp))

    class Plug:
        def recvmsg(self, most, room):
            return b"answer", [note], 0, None

    wire = Stamped()
    wire.attach(3, Plug())
    _, at = wire.hear(3, 100)
    assert at <= time.perf_counter_ns()


def _bytes(nanoseconds):
    return b"".join(part.to_bytes(8, sys.byteorder, signed=True) for part in divmod(nanoseconds, 10**9))


def test_latencies_of_the_open_model_leave_out_how_late_the_driver_woke(connected):
    """What a driver that was stopped reads late is not older for it."""
    if sys.platform == "linux":
        begin_to_note(*connected)
    code = (
        "import sys; from bench.drivers.engine import measure; from bench.drivers.pool import Pool;"
        "from bench.histogram import Histogram; from bench.model import Load, Target; url, heard = sys.argv[1], [];"
        "load = Load('x', rate=0.01, duration=60.0, timeout=60.0, connections=4);"
        "w = measure(Pool(url), Target('x', url), load, 1, heard.append, lambda: any(heard));"
        "print(Histogram.decode(w.latency).maximum, w.responses, w.started)"
    )
    stopped, answered = Event(), []

    def script(number, request):
        stopped.wait(60)
        yield HELLO
        answered.append(time.monotonic())

    with scripted(script) as server:
        driver = subprocess.Popen([sys.executable, "-c", code, server.url], stdout=subprocess.PIPE, text=True)
        eventually(lambda: server.requests)
        driver.send_signal(signal.SIGSTOP)
        eventually(lambda: psutil.Process(driver.pid).status() == psutil.STATUS_STOPPED)
        stopped.set()
        eventually(lambda: answered)
        time.sleep(STOPPED)
        driver.send_signal(signal.SIGCONT)
        longest, responses, started = driver.communicate(timeout=60)[0].split()
    assert int(responses) == 1
    if sys.platform == "linux":
        assert float(longest) < answered[0] - float(started) + STOPPED


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


@pytest.mark.fault("server", "it is spoken to in TLS and speaks none", "errors by kind, no response")
def test_tls_to_a_server_that_speaks_none_is_an_error():
    with scripted(always(HELLO)) as server, closing(Pool(server.url.replace("http:", "https:"))) as pool:
        server.requests.clear()
        load = Load("test", connections=2, duration=BRIEF, timeout=0.2)
        measured = measure(pool, Target("a", server.url), load, 0)
    assert measured.responses == 0
    assert measured.errors


class Plain(StreamRequestHandler):
    def handle(self):
        self.rfile.read1()
        self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")


def test_a_server_that_answers_tls_plainly_fails_in_the_handshake(polling):
    with ThreadingTCPServer(("127.0.0.1", 0), Plain) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": BRIEF}).start()
        with closing(Pool(f"https://127.0.0.1:{server.server_address[1]}", polling)) as pool:
            measured = measure(pool, Target("a", pool.url), Load("test", connections=2, duration=BRIEF), 0)
        server.shutdown()
    assert measured.responses == 0
    assert measured.errors.keys() == {"handshake"}


@pytest.mark.fault("server", "it speaks TLS and is spoken to plainly", "errors by kind, no response")
def test_plain_text_to_a_server_that_speaks_tls_is_an_error(certificate):
    with scripted(always(HELLO), certificate=certificate) as server:
        plain = server.url.replace("https:", "http:")
        with closing(Pool(plain)) as pool:
            measured = measure(pool, Target("a", plain), Load("test", connections=2, duration=BRIEF), 0)
    assert measured.responses == 0
    assert set(measured.errors) <= {"reset", "framing"}
    assert measured.errors


@pytest.mark.parametrize("load", [Load("test"), Load("test", rate=10)], ids=["closed", "open"])
def test_where_nobody_listens_nothing_is_measured(load):
    with scripted(always()) as server:
        url = server.url
    with closing(Pool(url)) as pool, pytest.raises(DriverError, match="nobody answers at http://127"):
        measure(pool, Target("gone", url), load, 0)


@pytest.mark.fault("server", "its name resolves to nothing", "one sentence with the resolver's reason, exit 2")
@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "127.0.0.1:80", "http://", "http://127.0.0.1:x/", "http://no-such-name.invalid/", ""]
)
def test_a_url_that_leads_nowhere_is_refused_in_a_sentence(url):
    with pytest.raises(DriverError, match=r"^'.*' (leads nowhere|is not a URL)"):
        Pool(url)
