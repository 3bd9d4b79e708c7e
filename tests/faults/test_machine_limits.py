"""What a machine allows little of: files, processes, memory, processor time, ports. Refused, told or marked; no lie."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from confined import (
    BENCH,
    BRIEF,
    LOOPBACK_UP,
    Outcome,
    confined,
    cores,
    joined,
    limited,
    memory,
    only_run,
    processes,
    starved,
)
from rows import file_of_faults
from scripted import HELLO, always, scripted

from bench import validity
from bench.journal import Journal

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="needs Linux's namespaces and control groups")

RUN = (*BENCH, "run", *BRIEF, "--results", "results")
GREEDY = """
import http.server, sys
asked, held = 0, []
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        global asked
        asked += 1
        while asked > 40:
            held.append(bytearray(b"x" * 2**24))
        self.send_response(200)
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write(b"Hello World!")
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer.request_queue_size = 512
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
WAITING_TO_BE_LEFT = """
import socket, sys, threading
def answer(plug):
    plug.recv(65536)
    plug.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 12\\r\\n\\r\\nHello World!")
    while plug.recv(65536): pass
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512)
while True:
    threading.Thread(target=answer, args=listener.accept()[:1]).start()
"""
SETTINGS = "/proc/sys/net/ipv4"
FEW_PORTS = f"{LOOPBACK_UP}; echo 40000 40200 > {SETTINGS}/ip_local_port_range; echo 0 > {SETTINGS}/tcp_tw_reuse"


@pytest.mark.fault("machine", "ulimit -n is too low for the connections of a run", "refused at once, with the figures")
def test_a_run_with_more_connections_than_files_is_refused(tmp_path: Path) -> None:
    seen = confined(tmp_path, *limited("-n 200", *RUN, "dev", "--connections", "4000"))
    assert seen.code == 2, seen
    assert seen.err.startswith("bench: 4000 connections need 4064 open files and a process may open 200 here: ")
    assert "use --connections 136 at the most" in seen.err
    assert seen.clean


@pytest.mark.fault("machine", "ulimit -n is too low for a front proxy's connections", "refused: it needs two for each")
def test_a_front_proxy_needs_twice_as_many(tmp_path: Path) -> None:
    seen = confined(tmp_path, *limited("-n 400", *RUN, "uwsgi+nginx", "--connections", "200"))
    assert seen.code == 2, seen
    assert "200 connections need 464 open files, two each behind a front proxy, and" in seen.err
    assert seen.clean


@pytest.mark.fault("machine", "ulimit -n is too low for bench load", "refused at once, with the figures")
def test_a_load_with_more_connections_than_files_is_refused(tmp_path: Path) -> None:
    seen = confined(tmp_path, *limited("-n 200", *BENCH, "load", "http://127.0.0.1:9/", "--connections", "300"))
    assert seen.code == 2, seen
    assert "300 connections need 364 open files" in seen.err
    assert seen.clean


@pytest.mark.fault("machine", "the soft limit of open files is too low", "raised as far as the hard limit allows")
def test_a_soft_limit_is_raised(tmp_path: Path) -> None:
    with scripted(always(HELLO)) as server:
        command = (*BENCH, "load", server.url, "--connections", "250", "--duration", "0.3", "--json")
        seen = confined(tmp_path, *limited("-Sn 100", *command))
        assert server.connections >= 250
    assert seen.code == 0, seen
    assert not json.loads(seen.out)["errors"]


@pytest.mark.fault("machine", "no port is left to connect from (TIME_WAIT)", "errors that name it; never valid")
def test_ports_that_are_used_up_are_told_from_a_slow_server(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(WAITING_TO_BE_LEFT)
    serve = f'{FEW_PORTS}; python3 server.py 8000 & server=$!; until python3 -c "import socket; '
    serve += "socket.create_connection(('127.0.0.1', 8000))\" 2>/dev/null; do sleep 0.05; done"
    command = (*BENCH, "load", "http://127.0.0.1:8000/", "--connections", "4", "--duration", "3", "--json")
    seen = confined(tmp_path, *command, before=serve, after="kill $server", network=True)
    said = json.loads(seen.out)
    assert set(said["errors"]) == {"no-port"}, seen
    assert 0 < said["responses"] <= 201


@pytest.mark.fault("machine", "a row uses up all ports in mid-run", "it is struck out: ERRORS, with the cause named")
def test_a_row_that_was_asked_without_ports_is_not_believed(tmp_path: Path) -> None:
    rows = file_of_faults(tmp_path, {"closing": WAITING_TO_BE_LEFT})
    seen = confined(tmp_path, *RUN, "closing", "--servers", str(rows), before=FEW_PORTS, network=True)
    assert seen.code == 1, seen
    assert "no-port" in seen.out
    assert seen.clean


@pytest.mark.fault("machine", "no process or thread more may be started (pids limit)", "one sentence, nothing left")
@pytest.mark.parametrize("count", [2, 3, 4, 5, 6])
def test_without_processes_there_is_a_sentence(tmp_path: Path, count: int) -> None:
    with processes(count) as group:
        seen = confined(tmp_path, *joined(group, *BENCH, "check", "dev"))
    assert seen.code in (1, 2), seen
    assert seen.clean, seen
    assert re.search("process|Resource temporarily unavailable", seen.err + seen.out), seen


@pytest.mark.fault("machine", "a control group's memory is used up", "the server is killed and its record says why")
def test_a_server_that_memory_is_refused_fails_with_that_reason_and_the_others_go_on(tmp_path: Path) -> None:
    rows = file_of_faults(tmp_path, {"greedy": GREEDY})
    with memory(700 * 2**20) as group:
        seen = confined(tmp_path, *joined(group, *RUN, "greedy", "dev", "--servers", str(rows)))
        killed = starved(group)
    assert seen.code == 1, seen
    assert seen.clean, seen
    kept = only_run(tmp_path / "results")
    assert kept.run.machine.memory_limit == 700 * 2**20
    failures = {record.trial.server: record.failure for record in kept.records}
    assert set(failures) == {"greedy", "dev"}
    # A kernel that needs memory before it has back what the first one held takes a second one: then both must say so.
    reasons = {server: reason for server, reason in failures.items() if reason}
    assert "greedy" in reasons
    assert len(reasons) == killed, reasons
    for server, reason in reasons.items():
        told = rf"{server} was ended by SIGKILL for want of memory: the control group has 700 MiB under load .*\."
        assert re.fullmatch(told, reason)


@dataclass(frozen=True)
class Narrow:
    """A run on one core, of which a control group allows three fifths."""

    seen: Outcome
    kept: Journal

    @property
    def marks(self) -> dict[str, str]:
        verdict = validity.judge(self.kept.records, self.kept.run)
        return {mark.rule: mark.evidence for mark in validity.marks(verdict)}


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Narrow:
    folder = tmp_path_factory.mktemp("narrow")
    command = ("taskset", "--cpu-list", "0", *RUN, "dev", "--connections", "32", "--duration", "0.3")
    with cores(0.6) as group:
        seen = confined(folder, *joined(group, *command))
    assert seen.clean, seen
    return Narrow(seen, only_run(folder / "results"))


@pytest.mark.fault(
    "machine", "one usable core", "it goes on, says that server and driver share it, and marks rows SHARED"
)
def test_one_core_is_said_and_marked(narrow: Narrow) -> None:
    assert "bench: server and driver share the only core" in narrow.seen.err
    assert narrow.kept.run.machine.cores == 1
    assert narrow.kept.run.machine.driver_cores is None
    assert narrow.kept.end == "complete"
    assert "SHARED" in narrow.marks


@pytest.mark.fault(
    "machine", "a control group's CPU quota is used up", "the quota is recorded, what it withheld marked NOISY"
)
def test_a_quota_is_recorded_and_what_it_withheld_is_marked(narrow: Narrow) -> None:
    assert narrow.kept.run.machine.cpu_quota == pytest.approx(0.6)
    assert "bench: a control group allows 0.6 of 1 cores" in narrow.seen.err
    withheld = [window.throttled for record in narrow.kept.records for window in record.windows]
    assert None not in withheld
    assert sum(filter(None, withheld)) > 0
    assert "NOISY" in narrow.marks
