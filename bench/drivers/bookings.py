"""Counts of the loop entered into Locust's statistics, and, exact as they are, sent from its workers to its master."""

import time
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner
from locust.stats import CSV_STATS_INTERVAL_SEC, RequestStats, StatsError

from bench.drivers.tally import Tally
from bench.histogram import Histogram, bounds

Label = tuple[str, str]
"""What Locust knows a request by: its method and its name."""

_KEY = "bench_histograms"
_counted: WeakKeyDictionary[Environment, dict[Label, Histogram]] = WeakKeyDictionary()


def histograms(environment: Environment) -> Mapping[Label, Histogram]:
    """The latencies of verified responses by request, exact to three digits; on a master those of all its workers."""
    return _counted.setdefault(environment, {})


def book(environment: Environment, label: Label, tally: Tally) -> None:
    """Enter a tally as if Locust had logged each of its requests; what failed has no response time."""
    latency, failures, stats = tally.latency(), sum(tally.errors.values()), environment.stats
    _add(environment, label, latency)
    if not tally.responses and not failures:
        return
    method, name = label
    for entry in (stats.total, stats.get(name, method)):
        _enter(entry, latency, tally.received, failures)
    for kind, times in tally.errors.items():
        _enter_error(stats, label, kind, times)


def _enter(entry: Any, latency: Histogram, received: int, failures: int) -> None:
    # Locust declares its milliseconds whole, but nowhere needs them to be
    now = time.time()
    last = entry.last_request_timestamp
    if entry.use_response_times_cache and last and int(now) > int(last):
        entry._cache_response_times(int(now) - 1)
    requests = latency.count + failures
    entry.num_requests += requests
    entry.num_none_requests += failures
    entry.num_failures += failures
    entry.num_reqs_per_sec[int(now)] += requests
    entry.num_fail_per_sec[int(now)] += failures
    entry.last_request_timestamp = now
    entry.total_content_length += received
    for bucket, count in latency.counts.items():
        milliseconds = bounds(bucket)[1] / 1000
        entry.response_times[milliseconds] = entry.response_times.get(milliseconds, 0) + count
    if latency.count:
        least, mean, most = ((second or 0) * 1000 for second in (latency.minimum, latency.mean, latency.maximum))
        entry.total_response_time += mean * latency.count
        entry.min_response_time = min(least, least if entry.min_response_time is None else entry.min_response_time)
        entry.max_response_time = max(most, entry.max_response_time)


def _enter_error(stats: RequestStats, label: Label, kind: str, times: int) -> None:
    error = stats.errors.setdefault(StatsError.create_key(*label, kind), StatsError(*label, kind))
    error.occurred()
    error.occurrences += times - 1


def _add(environment: Environment, label: Label, latency: Histogram) -> None:
    _counted.setdefault(environment, {}).setdefault(label, Histogram()).merge(latency)


def _connect(environment: Any, **_: Any) -> None:
    """Let workers send what they have counted since their last report."""

    def to_master(client_id: str, data: dict[str, Any]) -> None:
        if isinstance(environment.runner, WorkerRunner):
            data[_KEY] = [[*label, counted.encode()] for label, counted in histograms(environment).items()]
            _counted.pop(environment, None)

    def from_worker(client_id: str, data: dict[str, Any]) -> None:
        for method, name, encoded in data.get(_KEY, ()):
            _add(environment, (method, name), Histogram.decode(encoded))

    def wait_for_tables(**_: Any) -> None:
        # Locust writes its tables once a second, but not at the end
        if getattr(environment.parsed_options, "csv_prefix", None):
            gevent.sleep(CSV_STATS_INTERVAL_SEC * 1.1)

    environment.events.quitting.add_listener(wait_for_tables)
    environment.events.report_to_master.add_listener(to_master)
    environment.events.worker_report.add_listener(from_worker)


events.init.add_listener(_connect)  # type: ignore[no-untyped-call]
