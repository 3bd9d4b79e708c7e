"""The nouns: what is served, how it is asked, what came of it. Seconds and bytes throughout; None is "not measured"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bench.window import Bytes as Bytes
from bench.window import Encoded as Encoded
from bench.window import Seconds as Seconds
from bench.window import Slices as Slices
from bench.window import Window as Window

BODY = "Hello World!"
"""What every app answers at `/`."""


@dataclass(frozen=True)
class Settings:
    """What every server is told alike, as far as it can be told."""

    workers: int = 2
    threads: int = 4
    backlog: int = 1024
    connections: int = 1024


@dataclass(frozen=True)
class Server:
    """One row: how a server is started. `run` is a list of commands, split into argv, never given to a shell.

    `prepare` are commands that must end well before those begin. `lacks` says why an endpoint ('/delay') or a question
    ('HEAD /') is not answered rightly; `quirks` are sentences on what else sets the row apart, `slots_excuse` why
    `bench check` may see another number of slots. `advice` names the table of advice that it follows under the profile
    `recommended`. `python` is the interpreter it runs in, a version ('3.13') or an executable, '' for this one; with
    `pins` ('gunicorn==23.0.0') an environment is built for it. `host` is the name it is asked by, `deadline` how long
    its first right answer may take, `grace` the least time it is given to end in order.
    """

    name: str
    title: str
    serves: str
    run: tuple[str, ...]
    slots: str
    docs: str = ""
    groups: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    advice: str = ""
    slots_excuse: str = ""
    tls: bool = False
    front: bool = False
    ignores: Mapping[str, str] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    deadline: Seconds = 15.0
    grace: Seconds = 0.0
    stop: str = "TERM"
    unavailable: str = ""
    python: str = ""
    pins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One request and the only right answer to it; `expected` None leaves the body unchecked.

    A `status` of 0 stands for whatever is no failure of the server's: what is right has to be learnt yet.
    """

    path: str = "/"
    method: Literal["GET", "POST", "HEAD"] = "GET"
    body: str | None = None
    status: int = 200
    expected: str | None = BODY
    weight: int = 1


@dataclass(frozen=True)
class App:
    """The application as one interface offers it: `target` is `module:attribute` in a `folder`, '' for `apps/`.

    `right` is the request that tells whether it is up, with the right answer; `variables` are added to its environment.
    """

    interface: str
    target: str
    folder: str = ""
    right: Request = field(default=Request())
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """A way of asking: closed model without a rate; open model with one, fixed or as a share of a measured capacity.

    With `requests_each` it is over when each connection has asked so often, after its duration at the latest; without
    `keep_alive` a connection is for one answer. With a `slice` it is put on rows that are up together, so many seconds
    on each in turn; `shared` has the driver run on the servers' core, which tells their cost, not their capacity.
    """

    name: str
    title: str = ""
    connections: int = 64
    duration: Seconds = 1.0
    windows: int = 1
    rate: float | None = None
    share: float | None = None
    share_of: Literal["own", "slowest"] = "own"
    slice: Seconds | None = None
    shared: bool = False
    arrivals: Literal["constant", "poisson"] = "constant"
    timeout: Seconds = 10.0
    requests: tuple[Request, ...] = (Request(),)
    requests_each: int | None = None
    keep_alive: bool = True

    @property
    def model(self) -> Literal["closed", "open"]:
        return "closed" if self.rate is None and self.share is None else "open"


@dataclass(frozen=True)
class Target:
    """A server that is up: where it answers (`host`: called what), and whose CPU time and memory are billed to it."""

    name: str
    url: str
    pid: int | None = None
    front: int | None = None
    host: str = ""


@dataclass(frozen=True)
class Trial:
    """One launch of one server, as planned; rows of the same round and `group` are up together."""

    server: str
    round: int
    position: int
    seed: int
    group: int = 0


@dataclass(frozen=True)
class Manner:
    """How a server speaks: what makes rows comparable or not."""

    http_version: str
    keep_alive: bool
    keep_alive_http10: bool | None
    response_bytes: Bytes
    server: str | None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Record:
    """One trial as it went; a failed one has a reason instead of numbers, and what was measured before it failed.

    `slots` are the requests it was seen to work on at once, tried up to a bound; `lost` its processes that died early.
    """

    trial: Trial
    started: Seconds
    failure: str | None = None
    windows: tuple[Window, ...] = ()
    ready: Seconds | None = None
    first_byte: tuple[Seconds, ...] = ()
    manner: Manner | None = None
    memory_idle: Bytes | None = None
    memory_loaded: Bytes | None = None
    settled: bool | None = None
    slots: int | None = None
    stopping: Seconds | None = None
    left: int | None = None
    lost: int | None = None
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Machine:
    """The computer, as probed; what a probe could not tell is None. Idle cores are `kept_awake`, or halt."""

    system: str
    release: str
    architecture: str
    python: str
    processor: str | None
    cores: int
    server_cores: tuple[int, ...] | None
    driver_cores: tuple[int, ...] | None
    memory: Bytes | None
    cpu_quota: float | None
    memory_limit: Bytes | None
    governor: str | None
    turbo: bool | None
    load_average: float | None
    memory_kind: Literal["pss", "rss", "private"]
    kept_awake: bool = False


@dataclass(frozen=True)
class Rendered:
    """A row as it was really run: its commands and files with every hole filled.

    `versions` are those in an interpreter of its own; empty where it ran in the harness's.
    """

    title: str
    serves: str
    commands: tuple[tuple[str, ...], ...]
    files: Mapping[str, str]
    slots: int | None
    docs: str
    groups: tuple[str, ...]
    front: bool
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """The first line of a results file: everything needed to read the rest without any other file.

    `rounds` is how many were planned; None: until intervals were within `precision` (relative half width) or `max_time`
    was over. `ceiling` are responses/s with the fastest thing at hand, `app` is a digest of its apps.
    """

    name: str
    started: str
    version: str
    driver: str
    seed: int
    rounds: int | None
    commit: str | None
    settings: Settings
    machine: Machine
    versions: Mapping[str, str]
    servers: Mapping[str, Rendered]
    loads: tuple[Load, ...]
    unavailable: Mapping[str, str] = field(default_factory=dict)
    profile: Literal["equal", "recommended"] = "equal"
    precision: float | None = None
    max_time: Seconds | None = None
    ceiling: float | None = None
    app: str | None = None
