"""A user's own locustfile has our loop: Locust's statistics, tables, pages and workers tell what it counts."""

import csv
import json
import re
import socket
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from scripted import HELLO, always, scripted
from waiting import eventually

DOCUMENTED = Path(__file__).parent.parent / "docs" / "load.md"
FILE = """
from locust import events
from bench.drivers.bookings import histograms
from bench.drivers.locust import EngineUser
from bench.model import Request

class Visitor(EngineUser):
    requests = [Request("/a", weight=3), Request("/b", expected="Hello")]

class Stream(EngineUser):
    rate = 20

@events.quitting.add_listener
def tell(environment, **_):
    for (method, name), histogram in histograms(environment).items():
        print("exactly", method, name, histogram.count, histogram.quantile(0.5) or 0)
"""


def command(folder, host, *options, text=FILE):
    path = folder / "locustfile.py"
    path.write_text(text)
    return [sys.executable, "-m", "locust", "-f", str(path), "--host", host, *options]


def locust(folder, host, *options, text=FILE):
    files = ["--csv", str(folder / "table"), "--html", str(folder / "page.html")]
    argv = command(folder, host, "--headless", "--only-summary", *options, *files, text=text)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    with open(folder / "table_stats.csv", newline="") as table:
        rows = {row["Name"]: row for row in csv.DictReader(table)}
    return rows, exactly(done.stdout), folder / "page.html"


def exactly(output):
    """What our own histograms say, by path: how many right answers there were, and their median in seconds."""
    said = [line.split() for line in output.splitlines() if line.startswith("exactly")]
    return {name: (int(count), float(median)) for _, _, name, count, median in said}


@contextmanager
def web(folder, host, *options):
    """Locust with its web UI; gives what asks that, and the process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    argv = command(folder, host, "--web-host", "127.0.0.1", "--web-port", str(port), *options)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield lambda path, form=None: eventually(partial(asked, f"http://127.0.0.1:{port}{path}", form)), process
        finally:
            process.kill()


def asked(url, form):
    """The answer to a question; None while nobody answers."""
    data = None if form is None else urlencode(form).encode()
    with suppress(OSError), urlopen(url, data, timeout=10) as answer:  # noqa: S310
        return json.load(answer)
    return None


def statistics(ask, wanted):
    """Locust's statistics as the web UI gets them, once they are as wanted: it asks for them again and again, too."""
    return eventually(lambda: said if wanted(said := ask("/stats/requests")) else None)


def test_locust_tells_the_counts_that_the_server_knows(tmp_path):
    with scripted(always(HELLO)) as server:
        rows, exact, page = locust(tmp_path, server.url, "-u", "4", "-r", "4", "-t", "2s", "Visitor")
    asked = [request.split()[1].decode() for request in server.requests]
    for name in ("/a", "/b"):
        assert int(rows[name]["Request Count"]) == asked.count(name)
    assert (int(rows["/a"]["Failure Count"]), int(rows["/b"]["Failure Count"])) == (0, asked.count("/b"))
    assert int(rows["Aggregated"]["Request Count"]) == len(asked)
    assert exact["/a"][0] == asked.count("/a")
    assert exact["/b"] == (0, 0.0)
    assert float(rows["/a"]["50%"]) == pytest.approx(exact["/a"][1] * 1000, abs=1)
    assert "/a" in page.read_text()


def test_the_web_interface_starts_it_and_shows_its_numbers(tmp_path):
    with scripted(always(HELLO)) as server, web(tmp_path, server.url, "Visitor") as (ask, process):
        assert ask("/swarm", {"user_count": 4, "spawn_rate": 4})["success"]
        statistics(ask, lambda said: said["user_count"] == 4 and said.get("current_rps", 0) > 0)
        assert ask("/stop", {})["success"]
        shown = {row["name"]: row for row in statistics(ask, lambda said: said["state"] == "stopped")["stats"]}
        process.terminate()
        exact = exactly(process.communicate(timeout=30)[0])
    paths = [request.split()[1].decode() for request in server.requests]
    assert {name: row["num_requests"] for name, row in shown.items()} == {
        "/a": paths.count("/a"),
        "/b": paths.count("/b"),
        "Aggregated": len(paths),
    }
    assert (shown["/a"]["num_failures"], shown["/b"]["num_failures"]) == (0, paths.count("/b"))
    assert exact["/a"][0] == paths.count("/a")
    # Locust's own clients tell whole milliseconds
    assert shown["/a"]["median_response_time"] == pytest.approx(exact["/a"][1] * 1000, rel=0.01)
    told = ("median_response_time", "response_time_percentile_0.95", "response_time_percentile_0.99")
    assert any(shown["/a"][name] % 1 for name in told)


def test_workers_add_up_on_their_master(tmp_path):
    options = ("--processes", "2", "Stream")
    with scripted(always(HELLO)) as server, web(tmp_path, server.url, *options) as (ask, process):
        statistics(ask, lambda said: said.get("worker_count") == 2)
        assert ask("/swarm", {"user_count": 4, "spawn_rate": 4})["success"]
        eventually(lambda: len(server.requests) > 10)
        assert ask("/stop", {})["success"]
        # A master that quits waits for its workers' last words for half a second only.
        statistics(ask, lambda said: said["stats"][-1]["num_requests"] == len(server.requests))
        process.terminate()
        exact = exactly(process.communicate(timeout=30)[0])
    assert exact["/"][0] == len(server.requests) > 10
    assert server.connections >= 2


@pytest.mark.parametrize("user", ["Visitor", "Stream"])
def test_the_locustfile_in_the_documentation_runs_as_it_says(tmp_path, user):
    (text,) = re.findall(r"^```python\n(.*?)^```", DOCUMENTED.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    with scripted(always(HELLO)) as server:
        rows, _, _ = locust(tmp_path, server.url, "-u", "2", "-r", "2", "-t", "2s", user, text=text)
    paths = [request.split()[1].decode() for request in server.requests]
    asked = {name: int(row["Request Count"]) for name, row in rows.items()}
    assert asked == {**Counter(paths), "Aggregated": len(paths)}
    assert asked.keys() >= ({"/", "/about"} if user == "Visitor" else {"/"})
    assert int(rows["Aggregated"]["Failure Count"]) == 0


def test_a_host_that_does_not_answer_is_a_failure_of_every_user(tmp_path):
    with scripted(always()) as server:
        url = server.url
    rows, _, _ = locust(tmp_path, url, "-u", "2", "-t", "1s", "Visitor")
    assert int(rows["Aggregated"]["Failure Count"]) == int(rows["Aggregated"]["Request Count"]) > 0
