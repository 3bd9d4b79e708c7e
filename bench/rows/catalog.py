"""What can be compared and how it can be asked: the rows and loads of configs/*.toml, checked."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from math import inf
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bench.errors import ConfigurationError, did_you_mean
from bench.model import App, Load, Request, Server, Settings
from bench.rows.admission import SYSTEMS as SYSTEMS
from bench.rows.admission import Known, admit
from bench.rows.programs import Program, find, installer, missing, suits
from bench.rows.rendering import Advice, advised, equalled, used
from bench.rows.tables import Source, read, text
from bench.system.machine import longest_backlog, usable_cores

Profile: TypeAlias = Literal["equal", "recommended"]
SHARED = ("settings", "environment", "apps", "programs", "advice")
"""Tables that are not rows."""
_MOST = 1_000_000


@dataclass(frozen=True)
class Catalog:
    """Everything that the TOML files offer, by name."""

    servers: Mapping[str, Server]
    loads: Mapping[str, Load]
    apps: Mapping[str, App]
    programs: Mapping[str, Program]
    environment: Mapping[str, str]
    settings: Settings
    advice: Mapping[str, Mapping[str, Advice]] = field(default_factory=dict)
    profile: Profile = "equal"
    insisted: frozenset[str] = frozenset()
    """Settings that somebody named a value for: no profile changes them."""
    host: str = "127.0.0.1"
    """Where rows listen; what stands behind a front proxy stays on loopback."""

    def told(self, server: Server, settings: Settings) -> Settings:
        """What a row is really told: what gives it as many slots as the others, or what its documentation advises."""
        told = equalled(server, settings) if self.profile == "equal" else self._recommended(server, settings)
        asked_for = {name: getattr(settings, name) for name in self.insisted}
        return replace(told, **{"backlog": min(told.backlog, longest_backlog()), **asked_for})

    def select(self, patterns: Sequence[str]) -> list[Server]:
        """Rows by name, pattern ('gunicorn*') or group ('@nginx', '@all'), each once, in the order asked for."""
        names = dict.fromkeys(name for pattern in patterns or ["@default"] for name in self._matching(pattern))
        return [self.servers[name] for name in names]

    def obstacle(self, server: Server) -> tuple[str, str] | None:
        """Why a row cannot run here and the command that would make it run ('' when none would); None if it can."""
        if server.unavailable:
            return server.unavailable, ""
        if not suits(server.platforms):
            return f"it runs on {' and '.join(SYSTEMS.get(name, name) for name in server.platforms)} only", ""
        if lacking := missing(server.needs, server.python):
            return f"{' and '.join(lacking)} not installed", f"{installer(server.python)} {' '.join(lacking)}"
        for name in server.programs:
            if self.find_program(name, server.python) is None:
                return f"there is no program '{name}'", self._program(name).remedy.replace("{install}", installer())
        return None

    def find_program(self, name: str, python: str = "") -> Path | None:
        """Where the executable is that commands call by this name, for a row with that interpreter."""
        return find(self._program(name), python)

    def templates(self, server: Server) -> dict[str, str]:
        """A row's files as they are written, holes and all, by the name each is rendered to in the scratch folder."""
        return {Path(file).name: _template(server, assets() / file) for file in server.files}

    def unused(self, server: Server) -> list[str]:
        """The settings that a row neither uses nor says why not: an unfair advantage, or a dead knob."""
        explained = used(server, self.templates(server)) | server.ignores.keys()
        return [name for name in asdict(self.settings) if name not in explained]

    def groups(self) -> list[str]:
        return sorted({group for server in self.servers.values() for group in server.groups} | {"all"})

    def _recommended(self, server: Server, settings: Settings) -> Settings:
        if not server.advice:
            return settings
        return advised(self.advice[server.advice], settings, len(usable_cores()), f"[advice.{server.advice}]")

    def _matching(self, pattern: str) -> list[str]:
        if pattern.startswith("@"):
            found = [name for name, server in self.servers.items() if pattern[1:] in (*server.groups, "all")]
            kind, hint = "group", did_you_mean(pattern, [f"@{group}" for group in self.groups()])
        else:
            found = [name for name in self.servers if fnmatchcase(name, pattern)]
            kind, hint = "row", did_you_mean(pattern, self.servers)
        if not found:
            raise ConfigurationError(f"there is no {kind} '{pattern}'.{hint or ' `bench list` shows what there is.'}")
        return found

    def _program(self, name: str) -> Program:
        return self.programs.get(name) or Program(name, (name,), f"install {name} so that it is on PATH")


def assets() -> Path:
    """The folder that holds configs/, nginx/ and apps/: inside an installed package, or the checkout's root."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "assets"
    return installed if installed.is_dir() else package.parent


def _template(server: Server, file: Path) -> str:
    try:
        return text(file)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"[{server.name}] the file {file} cannot be read: {why}.") from None


def load_catalog(extra: Path | None = None) -> Catalog:
    """Read the project's tables and, after them, a user's own rows; each is checked before any is used.

    Raises ConfigurationError, which names the file, the line, the table and the key.
    """
    sources = [_shipped(f"configs/{name}.toml") for name in ("servers", "newer", "system", "iis")]
    sources += [read(extra, str(extra), Path(os.path.realpath(extra)).parent)] if extra else []
    catalog = Catalog(
        servers={},
        loads=_loads(_shipped("configs/loads.toml")),
        apps={name: App(name, target) for name, target in _texts(sources, "apps").items()},
        programs={name: program for source in sources for name, program in _programs(source).items()},
        advice={name: advice for source in sources for name, advice in _advice(source).items()},
        environment=_texts(sources, "environment"),
        settings=_settings(sources),
    )
    for source in sources:
        catalog = replace(catalog, servers={**catalog.servers, **_servers(source, catalog)})
    return catalog


def _shipped(name: str) -> Source:
    return read(assets() / name, name, assets())


def _texts(sources: Sequence[Source], table: str) -> dict[str, str]:
    """A table of nothing but texts; a later file's come over those of an earlier one."""
    texts = {}
    for source in sources:
        for key, value in source.table(table).items():
            if not isinstance(value, str):
                raise source.error(f"{key} must be a text in quotes.", table, key)
            texts[key] = value
    return texts


def _programs(source: Source) -> dict[str, Program]:
    tables = source.table("programs").items()
    return {name: source.read(Program, f"programs.{name}", content, name=name) for name, content in tables}


def _advice(source: Source) -> dict[str, dict[str, Advice]]:
    """The tables of advice, by name and setting."""
    found = {}
    for name, content in source.table("advice").items():
        table = f"advice.{name}"
        told = source.as_table(table, content)
        source.refuse_unknown(Settings, table, told)
        found[name] = {key: source.read(Advice, f"{table}.{key}", said) for key, said in told.items()}
        advised(found[name], Settings(), 1, f"{source.place(table)}: [{table}]")
    return found


def _settings(sources: Sequence[Source]) -> Settings:
    settings = Settings()
    for source in sources:
        settings = source.read(Settings, "settings", {**asdict(settings), **source.table("settings")})
        for key, value in asdict(settings).items():
            if value < 1:
                raise source.error(f"{key} must be at least 1, not {value}.", "settings", key)
            if value > _MOST:
                raise source.error(f"{key} is more than {_MOST:,}, which no machine can do.", "settings", key)
    return settings


def _loads(source: Source) -> dict[str, Load]:
    return {name: checked_load(source, name, name, content) for name, content in source.tables.items()}


def checked_load(source: Source, table: str, name: str, content: Mapping[str, Any]) -> Load:
    """A load as a table says it, unless that cannot be followed."""
    load = source.read(Load, table, content, name=name)
    for request in content.get("requests", ()):
        source.refuse_unknown(Request, table, request)
    for key in ("connections", "duration", "windows", "timeout", "rate", "share", "slice", "requests_each"):
        value = getattr(load, key)
        if value is not None and not 0 < value < inf:
            raise source.error(f"{key} must be more than 0 and finite, not {value}.", table, key)
    if load.rate is not None and load.share is not None:
        raise source.error("has both a rate and a share; it can follow only one.", table, "rate")
    if load.requests_each and (load.model == "open" or len(load.requests) > 1):
        raise source.error("has requests_each, which is for one request of a closed model.", table, "requests_each")
    return load


def _servers(source: Source, catalog: Catalog) -> dict[str, Server]:
    rows = {}
    for name, content in source.tables.items():
        if name in SHARED:
            continue
        if name in catalog.servers:
            raise source.error("is the name of a row that exists already; choose another one.", name)
        server = source.read(Server, name, content, name=name)
        files = tuple(_file(source, name, file) for file in server.files)
        if len({Path(file).name for file in files}) < len(files):
            raise source.error(
                "has two files of the same name; in a scratch folder there is room for one.", name, "files"
            )
        rows[name] = replace(server, files=files, environment={**catalog.environment, **server.environment})
        known = Known(catalog.apps, catalog.advice, catalog.settings)
        admit(source, rows[name], catalog.templates, known)
    return rows


def _file(source: Source, table: str, file: str) -> str:
    """The file as `assets()` reaches it: a user's own stands beside the user's table, and comes first."""
    if source.folder != assets() and os.path.isfile(source.folder / file):
        return str(source.folder / file)
    if not os.path.isfile(assets() / file):
        raise source.error(f"has no file '{file}' in {source.folder}.", table, "files")
    return file
