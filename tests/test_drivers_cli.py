"""`bench load`: a question to one URL, an answer in words or as JSON, and a sentence where there is none."""

import argparse
import json
import signal
import subprocess
import sys
import time

import pytest
from scripted import CLOSE, HELLO, always, scripted

from bench.drivers.cli import add_arguments, load_command
from bench.drivers.summary import curve, described, duration
from bench.errors import BenchError
from bench.histogram import Histogram
from bench.model import Window


def load(url, *options):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return load_command(parser.parse_args([url, "--connections", "4", "--duration", "0.2", *options]))


@pytest.fixture
def server():
    with scripted(always(HELLO)) as server:
        yield server


def test_a_script_is_told_everything_in_seconds_and_bytes(server, capsys):
    assert load(f"{server.url}/path?query=1", "--rate", "100", "--expect", "Hello World!", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said.keys() == {
        "responses", "errors", "retried", "unserved", "duration", "throughput", "bytes", "latency", "rate_intended",
        "driver", "connections", "histogram",
    }  # fmt: skip
    assert (said["responses"], said["errors"], said["retried"], said["rate_intended"]) == (20, {}, 0, 100)
    assert said["bytes"] == 20 * len(HELLO)
    assert said["throughput"] == said["responses"] / said["duration"]
    assert Histogram.decode(said["histogram"]).quantile(0.99) == said["latency"]["p99"]
    assert said["driver"]["name"] == "locust"
    assert said["driver"]["lag_p99"] is not None
    assert server.requests[0].startswith(b"GET /path?query=1 HTTP/1.1")


def test_eyes_are_given_a_table_and_a_curve(server, capsys):
    assert load(server.url) == 0
    out, err = capsys.readouterr()
    assert "verified responses in" in out
    assert "closed model" in out
    assert out.count("█") > 11
    assert err == ""


def test_what_a_program_of_others_took_for_right_is_not_called_verified():
    window = Window("load", "closed", connections=1, started=0.0, duration=0.5, responses=1)
    assert described(window, "wrk").startswith(
        "1 response that wrk took for right in 0.50 s: 2.0/s\n1 connection, each"
    )
    assert described(window, "locust").startswith("1 verified response in 0.50 s: 2.0/s\n")


def test_requests_that_had_to_be_sent_again_are_told(capsys):
    def breaks_off(number, request):
        return [HELLO] if number < 3 else [CLOSE]

    with scripted(breaks_off) as server:
        assert load(server.url, "--json", "--rate", "100") == 0
        said = json.loads(capsys.readouterr().out)
        assert load(server.url, "--rate", "100") == 0
    assert said["errors"] == {}
    assert said["retried"] > 0
    assert "requests sent again" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("options", [(), ("--rate", "300")], ids=["closed", "open"])
def test_an_interrupted_load_tells_what_it_had_measured(server, options):
    argv = [sys.executable, "-m", "bench", "load", server.url, "--duration", "3600", "--json", *options]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while len(server.requests) < 100 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, words = process.communicate(timeout=60)
    said = json.loads(out)
    assert process.returncode == 130
    assert (said["responses"], said["errors"]) == (len(server.requests), {})
    assert said["throughput"] == said["responses"] / said["duration"]
    assert words == f"bench: interrupted after {said['duration']:.2f} s of 3600.\n"


def test_a_server_that_only_answers_wrongly_is_a_no(server, capsys):
    assert load(server.url, "--status", "201") == 1
    out, err = capsys.readouterr()
    assert "error: status 200" in out
    assert "answered nothing rightly: status 200" in err


def test_a_wrong_body_is_seen_where_one_is_expected(server, capsys):
    assert load(server.url, "--expect", "Hello") == 1
    assert "error: body" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        ("http://192.0.2.1/", (), "neither on this machine nor in a private network"),
        ("nonsense", (), "not a URL"),
        ("http://127.0.0.1:1/", ("--connections", "0"), "--connections must be more than 0 and finite"),
        ("http://127.0.0.1:1/", ("--rate", "-1"), "--rate must be more than 0 and finite, not -1"),
        ("http://127.0.0.1:1/", ("--rate", "inf"), "--rate must be more than 0 and finite, not inf"),
        ("http://127.0.0.1:1/", ("--duration", "nan"), "--duration must be more than 0 and finite, not nan"),
        ("http://127.0.0.1:1/", ("--driver", "locsut"), "Did you mean 'locust'"),
        ("http://127.0.0.1:1/", ("--driver", "nonesuch"), "There is locust, wrk, h2load"),
        ("http://127.0.0.1:1/", ("--duration", "1e30"), "--duration must be 1,000,000 at the most, not 1e\\+30"),
        ("http://127.0.0.1:1/", ("--rate", "1e9"), "--rate must be 1,000,000 at the most"),
        ("http://127.0.0.1:1/", ("--arrivals", "poisson"), "say with --rate how many a second"),
        ("http://127.0.0.1:1/", ("--body", "x"), "not sent with GET: add --method POST"),
        ("http://127.0.0.1:1/", ("--status", "100"), "200 to 599, not 100"),
        ("http://[::1/", (), "not a URL that can be asked: Invalid IPv6 URL"),
        pytest.param(
            "http://127.0.0.1:1/",
            (),
            "nobody answers",
            marks=pytest.mark.fault("server", "nobody listens where load is to go", "one sentence, exit 2"),
        ),
    ],
)
def test_a_wrong_question_is_answered_in_a_sentence(url, options, words):
    with pytest.raises(BenchError, match=words):
        load(url, *options)


def test_every_option_has_a_help_with_its_default():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    for action in parser._actions[2:]:
        assert "default" in action.help, action.dest


def test_a_curve_is_as_long_as_the_logarithm_of_its_latency():
    lines = curve(Histogram.of([(1000, 50), (10_000, 49), (100_000, 1)]))
    lengths = {line.split("%")[0].strip(): line.count("█") for line in lines}
    assert lengths["50"] < lengths["95"] < lengths["100"]
    assert curve(Histogram()) == []


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 µs"), (12e-6, "12 µs"), (0.0123, "12.3 ms"), (2.5, "2.5 s")])
def test_durations_have_three_digits_and_a_unit(seconds, words):
    assert duration(seconds) == words
