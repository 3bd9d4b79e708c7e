"""A row as files that can be deployed: its commands, its files, a systemd unit for each command, for any machine. Pure.

Holes are filled for the machine it goes to: a folder that holds the app, its environment `venv` and these files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bench.model import App, Server, Settings
from bench.rows import rendering
from bench.rows.catalog import Catalog, assets

_ACCOUNT = "www-data"
_SCRIPT = re.compile(r"\{apps\}/(\w+\.py)")
_SAFE = re.compile(r"[\w@+=:,./{}-]+", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a row goes: the folder that will hold it, the port it will answer at, the app as module:attribute."""

    root: str
    port: int
    app: str


def exported(catalog: Catalog, server: Server, settings: Settings, place: Place) -> dict[str, str]:
    """The files of a deployment, by name."""
    settings = catalog.told(server, settings)
    holes = _holes(catalog.apps[server.serves], server, settings, place)
    files = {name: rendering.fill(text, holes, name) for name, text in catalog.templates(server).items()}
    files |= {f"apps/{script}": (assets() / "apps" / script).read_text("utf-8") for script in _scripts(server)}
    commands = rendering.commands(server, holes)
    units = {_unit_name(server, number, len(commands)): argv for number, argv in enumerate(commands, 1)}
    environment = {"PYTHONPATH": place.root, **rendering.environment(server, holes)}
    for name, argv in units.items():
        files[name] = _unit(server, argv, place.root, environment, [*units][: [*units].index(name)])
    prepared = [" ".join(map(_quoted, argv)) for argv in rendering.preparations(server, holes)]
    return files | {"README.md": "\n".join(_guide(server, place, prepared, units)) + "\n"}


def _holes(app: App, server: Server, settings: Settings, place: Place) -> dict[str, str]:
    root = PurePosixPath(place.root)
    module, _, attribute = place.app.partition(":")
    ports = {name: str(place.port + number) for number, name in enumerate(("port", *rendering.PORTS))}
    return (
        rendering.told(server, settings)
        | ports
        | {
            "fronts": str(settings.workers),
            "python": str(root / "venv/bin/python"),
            "harness": str(root / "venv/bin/python"),
            "packages": str(root / "venv/lib/python3/site-packages"),
            "library": str(root),
            "app": place.app,
            "module": module,
            "attribute": attribute,
            "apps": str(root / "apps"),
            "project": str(root),
            "scratch": str(root),
            **dict.fromkeys(("host", "loopback"), "127.0.0.1"),
            "account": _ACCOUNT,
            "account_group": _ACCOUNT,
        }
    )


def _scripts(server: Server) -> list[str]:
    """The scripts of apps/ that its commands start, and whatever configuration of Python they read there."""
    return sorted({script for command in (*server.prepare, *server.run) for script in _SCRIPT.findall(command)})


def _unit_name(server: Server, number: int, count: int) -> str:
    stem = re.sub(r"[^\w-]+", "-", server.name)
    return f"{stem}.service" if count == 1 else f"{stem}-{number}.service"


def _unit(server: Server, argv: tuple[str, ...], root: str, environment: dict[str, str], before: list[str]) -> str:
    lines = ["[Unit]", f"Description={server.title}", f"After={' '.join(['network.target', *before])}"]
    lines += [f"Requires={name}" for name in before]
    lines += ["", "[Service]", f"WorkingDirectory={root}", f"User={_ACCOUNT}", f"Group={_ACCOUNT}"]
    lines += [f"Environment={_systemd(f'{name}={value}')}" for name, value in environment.items()]
    lines += [f"ExecStart={' '.join(map(_systemd, argv))}", f"KillSignal=SIG{server.stop}", "Restart=on-failure"]
    lines += ["LimitNOFILE=65536", "", "[Install]", "WantedBy=multi-user.target", ""]
    return "\n".join(lines)


def _systemd(word: str) -> str:
    """A word as ExecStart reads it: systemd.service(5), "Command lines"."""
    word = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$")
    return word if _SAFE.fullmatch(word.replace("%%", "").replace("$$", "")) else '"' + word.replace('"', '\\"') + '"'


def _quoted(word: str) -> str:
    return word if _SAFE.fullmatch(word) else "'" + word.replace("'", "'\\''") + "'"


def _guide(server: Server, place: Place, prepared: list[str], units: dict[str, tuple[str, ...]]) -> Iterator[str]:
    yield f"# {server.title}\n\n[Its documentation]({server.docs}). By `bench export {server.name}`.\n"
    yield f"1. Copy your app and these files to `{place.root}`, which `{_ACCOUNT}` must be able to read"
    yield "   (and to write, where it makes a socket there)."
    needs = " ".join(server.needs)
    install = f"python3 -m venv {place.root}/venv && {place.root}/venv/bin/python -m pip install {needs}"
    yield f"2. `{install}`" if needs else "2. It needs no Python packages."
    if server.programs:
        yield f"   Programs that must be there: {', '.join(server.programs)}."
    yield "3. Try it in the foreground, each command in a terminal of its own:\n"
    yield from (f"       {line}" for line in prepared)
    yield from ("       " + " ".join(map(_quoted, argv)) for argv in units.values())
    yield f"\n   then `curl http://127.0.0.1:{place.port}/`."
    yield f"4. `cp {' '.join(units)} /etc/systemd/system/ && systemctl enable --now {' '.join(units)}`"
    if server.front:
        yield "\nThe proxy has its whole configuration here. In an nginx of your own, take its `server` block alone."
