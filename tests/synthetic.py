"""Journals for tests: invented from a seed, shaped like real runs, with one row for each thing that can be wrong."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import NormalDist

from bench import journal
from bench.histogram import Histogram
from bench.journal import End, Journal
from bench.model import Load, Machine, Manner, Record, Rendered, Run, Settings, Trial, Window

HOSTILE = (
    "<script>alert('from the log')</script>",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\u202egnp.exe",
    "{{ 7 * 7 }} {% raw %} </script><img src=x onerror=alert(1)>",
)

LOADS = (
    Load("capacity", "as fast as it answers 64 connections", duration=0.8, windows=2),
    Load("half", "half of the row's own capacity", duration=0.8, share=0.5, arrivals="poisson"),
    Load("heavy", "four fifths of the row's own capacity", duration=0.8, share=0.8, arrivals="poisson"),
    Load(
        "common",
        "one rate for all rows: half of the slowest row's capacity",
        duration=0.8,
        share=0.5,
        share_of="slowest",
        arrivals="poisson",
    ),
)


@dataclass(frozen=True)
class Shape:
    """What a row is like: responses per second, CPU seconds per response of app and front, bytes, seconds to start."""

    name: str
    capacity: float
    cpu: float
    front: float = 0.0
    memory: float = 60e6
    ready: float = 0.6
    keep_alive: bool = True
    flaw: str = ""


SHAPES = (
    Shape("dev", 780, 1150e-6, memory=38e6, ready=0.55, keep_alive=False),
    Shape("threaded", 690, 1320e-6, memory=40e6, ready=0.56, keep_alive=False),
    Shape("processes", 240, 3900e-6, memory=39e6, ready=0.55, keep_alive=False, flaw="errors"),
    Shape("gunicorn", 2650, 350e-6, memory=74e6, ready=0.78, keep_alive=False),
    Shape("gunicorn-gthread", 2900, 330e-6, memory=75e6, ready=0.79),
    Shape("gunicorn-gevent", 3600, 270e-6, memory=88e6, ready=0.95),
    Shape("gunicorn+nginx", 2450, 310e-6, 75e-6, memory=81e6, ready=0.84),
    Shape("gevent", 3400, 285e-6, memory=46e6, ready=0.62),
    Shape("uwsgi", 7900, 118e-6, memory=51e6, ready=0.41),
    Shape("uwsgi+nginx", 7300, 105e-6, 42e-6, memory=57e6, ready=0.46),
    Shape("uwsgi+nginx-tcp", 6900, 108e-6, 48e-6, memory=57e6, ready=0.47),
    Shape("waitress", 2870, 340e-6, memory=37e6, ready=0.52),
    Shape("waitress+nginx", 2200, 360e-6, 80e-6, memory=43e6, ready=0.57),
    Shape("tornado", 4100, 240e-6, memory=33e6, ready=0.38, flaw="driver"),
    Shape("tornado-wsgi", 1750, 560e-6, memory=40e6, ready=0.6),
    Shape("twisted", 1150, 850e-6, memory=44e6, ready=0.88, flaw="failed"),
)

_POINTS = [NormalDist().inv_cdf((step + 0.5) / 300) for step in range(300)]


def sound(name: str, capacity: float | None = None) -> Shape:
    """A row without a flaw, of its own capacity or another, with which it uses as much CPU time."""
    shape = next(shape for shape in SHAPES if shape.name == name)
    times = shape.capacity / (capacity or shape.capacity)
    return replace(shape, flaw="", capacity=shape.capacity / times, cpu=shape.cpu * times, front=shape.front * times)


SWEEP = tuple(
    Load(f"capacity-{2**power}", f"{2**power} at once", connections=2**power, duration=0.4)
    for power in (0, 1, 2, 3, 4, 5, 7, 8)
)
"""What `--sweep 256` adds."""


def planned(shapes: tuple[Shape, ...], rounds: int, seed: int) -> list[Trial]:
    draw = Random(seed)
    return [
        Trial(shape.name, at, position, draw.randrange(2**32))
        for at in range(rounds)
        for position, shape in enumerate(draw.sample(shapes, len(shapes)))
    ]


def run(shapes: tuple[Shape, ...] = SHAPES, rounds: int = 3, seed: int = 7, loads: tuple[Load, ...] = LOADS) -> Run:
    return Run(
        name="synthetic",
        started="2026-11-20T12:00:00+00:00",
        version="0.1.0",
        driver="locust",
        seed=seed,
        rounds=rounds,
        commit="0123456789ab",
        settings=Settings(),
        machine=_machine(),
        versions={"gunicorn": "27.0.1", "waitress": "3.0.2", "nginx": "1.31.3", "pyuwsgi": "2.0.30.post1"},
        servers={shape.name: _rendered(shape) for shape in shapes},
        loads=loads,
        unavailable={"iis+wfastcgi": "it runs on Windows only. Measure it there."},
    )


def read(
    shapes: tuple[Shape, ...] = SHAPES,
    rounds: int = 3,
    seed: int = 7,
    measured: int | None = None,
    loads: tuple[Load, ...] = LOADS,
) -> Journal:
    """A journal as it would be read; interrupted when only so many trials were `measured`."""
    described = run(shapes, rounds, seed, loads)
    plan = planned(shapes, rounds, seed)
    known = {shape.name: shape for shape in shapes}
    draw = Random(seed + 1)
    slowest = min(shape.capacity for shape in shapes)
    records = [
        _record(trial, known[trial.server], slowest, draw, at * 9.0, loads) for at, trial in enumerate(plan[:measured])
    ]
    end: End = "complete" if measured is None else "interrupted"
    return Journal(Path("records.jsonl"), described, tuple(records), end, False)


def write(folder: Path, said: Journal) -> Path:
    """The journal on the disk, as a run leaves it."""
    path = journal.begin(folder, said.run)
    for record in said.records:
        journal.append(path, record)
    journal.finish(path, said.end or "interrupted")
    return folder


def _machine() -> Machine:
    return Machine(
        system="Linux",
        release="6.1.0-30-amd64",
        architecture="x86_64",
        python="CPython 3.11.2",
        processor="An Imaginary Processor @ 2.60GHz",
        cores=2,
        server_cores=(0,),
        driver_cores=(1,),
        memory=24 << 30,
        cpu_quota=None,
        memory_limit=None,
        governor=None,
        turbo=None,
        load_average=0.4,
        memory_kind="pss",
    )


def _rendered(shape: Shape) -> Rendered:
    front = "nginx" in shape.name
    return Rendered(
        title=f"{shape.name.capitalize()}, as in the example",
        serves="wsgi",
        commands=(
            ("python", "-m", shape.name.partition("+")[0], "--workers", "2", "--bind", "127.0.0.1:PORT"),
            *((("nginx", "-p", "SCRATCH", "-c", "nginx.conf"),) if front else ()),
        ),
        files={"nginx.conf": "events { worker_connections 1024; }\nhttp { server { listen 127.0.0.1:PORT; } }"}
        if front
        else {},
        slots=8,
        docs="https://example.org/",
        groups=("default",),
        front=front,
    )


def _record(
    trial: Trial, shape: Shape, slowest: float, draw: Random, started: float, loads: tuple[Load, ...]
) -> Record:
    if shape.flaw == "failed":
        return Record(trial, started, failure=f"{shape.name} ended with status 1 before it answered.", log=HOSTILE)
    luck = math.exp(draw.gauss(0, 0.02))
    windows: list[Window] = []
    for load in loads:
        if load.share_of == "slowest" and trial.round == 0:
            continue
        for _ in range(load.windows):
            own = draw.gauss(1, 0.02) * luck
            windows.append(_window(shape, load, own, slowest, draw, started + len(windows)))
    return Record(
        trial,
        started,
        windows=tuple(windows),
        ready=shape.ready * abs(draw.gauss(1, 0.06)),
        first_byte=(3e-3 * abs(draw.gauss(1, 0.1)), 0.9e-3 * abs(draw.gauss(1, 0.1))),
        manner=Manner("1.1", shape.keep_alive, False, 168, shape.name),
        memory_idle=int(shape.memory * draw.gauss(0.93, 0.01)),
        memory_loaded=int(shape.memory * draw.gauss(1, 0.01)),
        settled=True,
        stopping=0.12,
        left=0,
        log=("[INFO] Listening at: http://127.0.0.1:8000",),
    )


def _window(shape: Shape, load: Load, own: float, slowest: float, draw: Random, started: float) -> Window:
    rate = None if load.share is None else load.share * (slowest if load.share_of == "slowest" else shape.capacity)
    throughput = rate or shape.capacity * own * _scaled(load.connections) / _scaled(LOADS[0].connections)
    responses = round(throughput * load.duration)
    wrong = max(1, responses // 80) if shape.flaw == "errors" else 0
    mean = load.connections / throughput if rate is None else (1 + 2 * (load.share or 0)) * 1.2 / shape.capacity
    return Window(
        load=load.name,
        model=load.model,
        connections=load.connections,
        started=started,
        duration=load.duration,
        responses=responses - wrong,
        errors={"status": wrong} if wrong else {},
        received=168 * responses,
        opened=load.connections if shape.keep_alive else responses,
        rate=rate,
        latency=_lognormal(mean, 0.25 if rate is None else 0.55, responses),
        latency_mean=mean,
        lag=_lognormal(30e-6, 0.4, responses) if rate else None,
        series=tuple(round(responses / 8 * draw.gauss(1, 0.05)) for _ in range(8)),
        series_step=load.duration / 8,
        server_cpu=(shape.cpu + shape.front) * responses / own,
        front_cpu=shape.front * responses / own if shape.front else None,
        driver_cpu=0.6 * load.duration,
        driver_busy=0.95 if shape.flaw == "driver" else 0.6,
        memory=int(shape.memory),
        front_memory=6_000_000 if shape.front else None,
        foreign_cpu=0.01 * load.duration,
        steal=0.002 * load.duration,
    )


def _scaled(connections: int) -> float:
    """By Gunther's law, with a peak at 69 connections."""
    more = connections - 1
    return connections / (1 + 0.06 * more + 2e-4 * connections * more)


def _lognormal(mean: float, sigma: float, count: int) -> str:
    centre = math.log(mean * 1e6) - sigma**2 / 2
    return Histogram.of((round(math.exp(centre + sigma * point)), max(1, count // 300)) for point in _POINTS).encode()
