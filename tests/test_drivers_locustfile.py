"""A user's own locustfile has our loop: Locust's statistics, tables, pages and workers tell what it counts."""

import csv
import subprocess
import sys

import pytest
from scripted import HELLO, always, scripted

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


def locust(folder, host, *options):
    path = folder / "locustfile.py"
    path.write_text(FILE)
    argv = [sys.executable, "-m", "locust", "-f", str(path), "--host", host, "--headless", "--only-summary", *options]
    files = ["--csv", str(folder / "table"), "--html", str(folder / "page.html")]
    done = subprocess.run([*argv, *files], capture_output=True, text=True, timeout=60)
    with open(folder / "table_stats.csv", newline="") as table:
        rows = {row["Name"]: row for row in csv.DictReader(table)}
    exact = [line.split() for line in done.stdout.splitlines() if line.startswith("exactly")]
    return rows, {name: (int(count), float(median)) for _, _, name, count, median in exact}, folder / "page.html"


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


def test_workers_add_up_on_their_master(tmp_path):
    options = ("-u", "4", "-r", "4", "-t", "2s", "--processes", "2", "Stream")
    with scripted(always(HELLO)) as server:
        rows, exact, _ = locust(tmp_path, server.url, *options)
    assert int(rows["/"]["Request Count"]) == exact["/"][0] == len(server.requests) > 10
    assert server.connections >= 2


def test_a_host_that_does_not_answer_is_a_failure_of_every_user(tmp_path):
    with scripted(always()) as server:
        url = server.url
    rows, _, _ = locust(tmp_path, url, "-u", "2", "-t", "1s", "Visitor")
    assert int(rows["Aggregated"]["Failure Count"]) == int(rows["Aggregated"]["Request Count"]) > 0
