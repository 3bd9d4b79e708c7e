"""Seven published results that cannot be true, and results of the same kind that can, as records.

Each figure stands in the file named beside it; nothing is added but what an empty field must hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import synthetic

from bench.model import Load, Record, Rendered, Request, Run, Trial, Window

CAPACITY = Load("capacity", connections=64)


@dataclass(frozen=True)
class Published:
    """What somebody published of one row, and of others that it must be held against."""

    name: str
    rows: Mapping[str, Sequence[Window]]
    load: Load = CAPACITY
    ceiling: float | None = None
    serves: Mapping[str, str] | None = None

    @property
    def run(self) -> Run:
        """A run that says no more of itself than these files do."""
        machine = replace(synthetic.run().machine, cores=64, server_cores=None, driver_cores=None)
        servers = {row: _rendered((self.serves or {}).get(row, "wsgi")) for row in self.rows}
        return replace(synthetic.run(), machine=machine, servers=servers, loads=(self.load,), ceiling=self.ceiling)

    @property
    def records(self) -> dict[str, list[Record]]:
        """A launch each of what was published as a round each."""
        return {
            row: [Record(Trial(row, at, 0, 0), float(at), windows=(window,)) for at, window in enumerate(windows)]
            for row, windows in self.rows.items()
        }


def _rendered(serves: str) -> Rendered:
    return Rendered("as published", serves, (("server", f"{serves}:app"),), {}, None, "", (), False)


def _window(connections: int, duration: float, responses: float, **figures: object) -> Window:
    return Window("capacity", "closed", connections, 0.0, duration, round(responses), **figures)  # type: ignore[arg-type]


def _seconds(**milliseconds: float) -> dict[str, float]:
    return {name: value / 1e3 for name, value in milliseconds.items()}


# omedhabib/WSGI_Benchmarks, 1d859654: round1 to round4/Bjoern.100.log; results.csv prints the mean of the two middle
# rounds, one of them 0: 61,476.445 requests/s.
_NOT_UP = _window(100, 30.09, 0, errors={"connect": 100})
_BJOERN = (
    _window(100, 30.01, 3_805_113, latency_mean=790.89e-6),
    _window(100, 30.01, 3_690_315, latency_mean=833.79e-6),
)
F1 = Published("AppDynamics: Bjoern", {"bjoern": (_NOT_UP, *_BJOERN, _NOT_UP)})
F1_TWIN = Published("AppDynamics: Bjoern in the rounds in which it was up", {"bjoern": _BJOERN})

# The same, round3/uWSGI.100.log, CPU from results.csv, line 27. That file's highest throughput is 128,594.775, by the
# same wrk: what it can do on that machine at least.
_WRK = 128_594.775
F2 = Published(
    "AppDynamics: uWSGI",
    {"uwsgi": (_window(100, 30.03, 100, latency_mean=9.46e-3, server_cpu=0.0),)},
    ceiling=_WRK,
)
# Round 2 of F1, whose CPU the table halves like its throughput: 51.13 % of a core is really 102.26 %.
F2_TWIN = Published(
    "AppDynamics: a server that is the limit", {"bjoern": (replace(_BJOERN[0], server_cpu=2 * 0.5113 * 30.01),)}
)
# results.csv, lines 5 and 14: its ten threads kept ten connections, and ninety waited to the end.
F2_UNSERVED = Published(
    "AppDynamics: CherryPy", {"cherrypy": (_window(100, 30.0, 4_090.07 * 30, latency_mean=2.44e-3),)}
)

# emmett-framework/granian, 22547273 (2025-04-11): benchmarks/vs.md, Long I/O, 10 s each.
_SLEEPS = replace(CAPACITY, requests=(Request("/delay/100"),))
F3 = Published(
    "Granian: uWSGI where the app sleeps 100 ms",
    {"uwsgi": (_window(64, 10.0, 166_253, latency_mean=3.842e-3, latency_quantiles=_seconds(max=7.038)),)},
    load=_SLEEPS,
)
F3_TWIN = Published(
    "Granian: itself where the app sleeps 100 ms",
    {"granian": (_window(512, 10.0, 50_566, latency_mean=100.502e-3, latency_quantiles=_seconds(max=105.142)),)},
    load=_SLEEPS,
)

# The same, 9a20b174 (2026-08-05): 5 requests in all, and 54 a second in 10 s; these others were not answered.
F4 = Published(
    "Granian: uWSGI, 5 requests and 54 a second",
    {"uwsgi": (_window(512, 10.0, 5, errors={"aborted": 54 * 10 - 5}, latency_mean=9.786627),)},
    load=_SLEEPS,
)
F4_TWIN = Published(
    "Granian: itself, 50,176 requests and 5,066 a second",
    {"granian": (_window(512, 50_176 / 5_066, 50_176, latency_mean=100.978e-3),)},
    load=_SLEEPS,
)

# MDA2AV/HttpArena, 28606baf: site/data/baseline-512.json; CPU in percent of a core, of 64.
F5 = Published(
    "HttpArena: bjoern",
    {
        "bjoern": (
            _window(512, 5.0, 61_952, latency_mean=41.38e-3, latency_quantiles=_seconds(p99=42.40), server_cpu=4.045),
        )
    },
)
F5_TWIN = Published(
    "HttpArena: bottle",
    {
        "bottle": (
            _window(512, 5.0, 771_130, latency_mean=3.20e-3, latency_quantiles=_seconds(p99=3.71), server_cpu=286.37),
        )
    },
)

# jamesroberts/fastwsgi, eb6e60ba: performance_benchmarks, wrk with 100 connections for 60 s.
_APPS = {"bare": "wsgi-bare", "flask": "wsgi"}
F5_BARE = Published(
    "FastWSGI: bjoern, bare and under Flask",
    {"bare": (_window(100, 60.0, 1_867 * 60),), "flask": (_window(100, 60.0, 8_943 * 60),)},
    serves=_APPS,
)
F5_BARE_TWIN = Published(
    "FastWSGI: itself, bare and under Flask",
    {"bare": (_window(100, 60.0, 71_030 * 60),), "flask": (_window(100, 60.0, 8_967 * 60),)},
    serves=_APPS,
)

# MDA2AV/HttpArena, 28606baf: site/data/static-1024.json, aleph; its script prints the mean as p99.
F6 = Published(
    "HttpArena: a p99 that is the mean",
    {
        "aleph": (
            _window(
                1024, 5.0, 115_460, latency_mean=47.54e-3, latency_quantiles=_seconds(p99=47.54), server_cpu=324.565
            ),
        )
    },
)
# The same file's sibling baseline-512.json, whose driver counts: bottle.
F6_TWIN = F5_TWIN

# the-benchmarker/web-frameworks, 6ea70193: data.json, flask at 64 connections; .tasks/collect.rake writes -1.
_FLASK = _window(
    64,
    15.008647257,
    2666.8861 * 15.008647257,
    latency_quantiles=_seconds(p50=26.7816, p75=30.5929, p90=33.5126, p99=35.4246),
)
F7 = Published(
    "web-frameworks: -1 errors",
    {
        "flask": (
            replace(
                _FLASK, latency_mean=-1.0, errors=dict.fromkeys(("connect", "read", "write", "status", "timeout"), -1)
            ),
        )
    },
)
F7_TWIN = Published("web-frameworks: what was measured", {"flask": (_FLASK,)})
