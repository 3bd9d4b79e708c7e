"""A site of IIS as a folder to be carried to a Windows machine: scripts, files in each form, manual steps. Pure."""

from collections.abc import Mapping
from pathlib import PureWindowsPath

from bench.errors import ConfigurationError
from bench.iis.script import scripts
from bench.iis.site import Interpreter, Site, refusal
from bench.model import Server, Settings
from bench.rows import rendering
from bench.rows.catalog import assets

_WFASTCGI = {name: name for name in ("README.md", "web.config", "documented/web.config", "ptvs/web.config")}
_PLATFORM = {"README.md": "httpplatform/README.md", "web.config": "httpplatform/web.config"}
BASE = PureWindowsPath(r"C:\Python")
"""Stands for the installation that an environment is made from; the scripts ask the environment for it."""


def exported(server: Server, settings: Settings, root: str, port: int, app: str) -> dict[str, str]:
    """The files by name, for an app that lies in `root` with its environment beside it.

    Raises ConfigurationError for a folder that IIS cannot serve.
    """
    folder = _folder(root)
    prefix = folder.parent / f"{folder.name}-venv"
    python = Interpreter(prefix / "Scripts" / "python.exe", prefix, BASE)
    packages = prefix / "Lib" / "site-packages"
    module, _, attribute = app.partition(":")
    by_wfastcgi = "wfastcgi" in server.needs
    site = Site(
        name=folder.name,
        port=port,
        python=python,
        root=folder,
        folder=folder,
        wfastcgi=packages / "wfastcgi.py" if by_wfastcgi else None,
        handler="wfastcgi" if by_wfastcgi else "httpplatform",
        profile="defaults" if "defaults" in server.name else "tuned",
        waking="ondemand" if "defaults" in server.name else "preload",
        processes=settings.workers,
        backlog=settings.backlog,
    )
    if problem := refusal(site):
        raise ConfigurationError(problem)
    holes = rendering.told(server, settings) | {
        "name": site.name,
        "app": app,
        "module": module,
        "attribute": attribute,
        "project": str(folder),
        "root": str(folder),
        "prefix": str(prefix),
        "python": str(python.executable),
        "packages": str(packages),
    }
    files = _WFASTCGI if by_wfastcgi else _PLATFORM
    return {name: _filled(source, holes) for name, source in files.items()} | scripts(site)


def _folder(root: str) -> PureWindowsPath:
    folder = PureWindowsPath(root)
    if not folder.is_absolute() or not folder.name:
        raise ConfigurationError(rf"--root '{root}' is no folder of a Windows machine, such as C:\site.")
    return folder


def _filled(name: str, holes: Mapping[str, str]) -> str:
    return rendering.fill((assets() / "configs" / "iis" / name).read_text("utf-8"), holes, name)
