"""What must be said to put a site up and to take it down again, as lists of steps. Pure: nothing is carried out here.

Forms are those of Microsoft's "Getting Started with AppCmd.exe" and of the configuration reference's samples. All goes
into applicationHost.config, under the site's own <location>: nothing is unlocked for other sites, and nothing of
theirs is touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Literal, TypeAlias

from bench.iis.site import Site

FASTCGI = "-section:system.webServer/fastCgi"
HANDLERS = "-section:system.webServer/handlers"
INITIALISATION = "-section:system.webServer/applicationInitialization"
PLATFORM = "-section:system.webServer/httpPlatform"
ERRORS = "-section:system.webServer/httpErrors"
ANONYMOUS = "-section:system.webServer/security/authentication/anonymousAuthentication"
COMMIT = "/commit:apphost"
LONGEST_QUEUE = 65535
"""The most that a pool's queue can hold: IIS_schema.xml, queueLength of applicationPools, 10 to 65535."""
_CACHE = "PYTHONPYCACHEPREFIX"


@dataclass(frozen=True)
class Call:
    """A program with its arguments; one that is not needed may fail."""

    program: Literal["appcmd", "icacls", "python"]
    arguments: tuple[str, ...]
    is_needed: bool = True


@dataclass(frozen=True)
class Copy:
    """A file that is put somewhere else as well."""

    source: PureWindowsPath
    target: PureWindowsPath


@dataclass(frozen=True)
class Ended:
    """Nothing goes on before the last worker of a pool has ended, killed if need be."""

    pool: str


Step: TypeAlias = Call | Copy | Ended


def up(site: Site) -> tuple[Step, ...]:
    """Everything from a bare IIS to a site that answers; the first step that fails ends it."""
    return (*_pool(site), *_site(site), *_access(site), *_handled(site), *_waking(site), *_start(site))


def down(site: Site) -> tuple[Step, ...]:
    """What takes all of it back, in this order. Each is tried, also where `up` came half way."""
    sections = [HANDLERS, ERRORS, ANONYMOUS, *([INITIALISATION] if site.waking == "initialised" else [])]
    sections += [PLATFORM] if site.handler == "httpplatform" else []
    return (
        _appcmd("stop", "site", f"/site.name:{site.name}"),
        _appcmd("stop", "apppool", f"/apppool.name:{site.name}"),
        Ended(site.name),
        *(_appcmd("clear", "config", site.name, section, COMMIT) for section in sections),
        *(
            Call("icacls", (str(folder), "/remove:g", site.account, "/Q"))
            for folder in (*readable(site), *_writable(site))
        ),
        _appcmd("delete", "site", f"/site.name:{site.name}"),
        _appcmd("delete", "apppool", f"/apppool.name:{site.name}"),
        *([_appcmd("set", "config", FASTCGI, f"/-[{_key(site)}]", COMMIT)] if site.handler == "wfastcgi" else ()),
    )


def readable(site: Site) -> tuple[PureWindowsPath, ...]:
    """The folders that workers must be able to read; one that lies in another comes with it."""
    folders = dict.fromkeys((site.root, site.folder, site.python.prefix, site.python.base))
    return tuple(folder for folder in folders if not any(other in folder.parents for other in folders))


def _writable(site: Site) -> tuple[PureWindowsPath, ...]:
    """The folder that Python is told to keep compiled code in, if it is."""
    return (PureWindowsPath(site.environment[_CACHE]),) if _CACHE in site.environment else ()


def _appcmd(*arguments: str) -> Call:
    return Call("appcmd", arguments)


def _pool(site: Site) -> Iterator[Step]:
    tuned = (
        "/managedRuntimeVersion:",
        f"/queueLength:{_queue(site)}",
        "/processModel.idleTimeout:00:00:00",
        "/recycling.periodicRestart.time:00:00:00",
        "/failure.rapidFailProtection:false",
    )
    # No worker before the last word is said: a change to a running site has IIS start it anew.
    yield _appcmd("add", "apppool", f"/name:{site.name}", "/autoStart:false", *(tuned if _is_tuned(site) else ()))


def _site(site: Site) -> Iterator[Step]:
    binding, path = f"/bindings:http/{site.host}:{site.port}:", f"/physicalPath:{site.root}"
    yield _appcmd("add", "site", f"/name:{site.name}", binding, path, "/serverAutoStart:false")
    yield _appcmd("set", "app", f"{site.name}/", f"/applicationPool:{site.name}")


def _access(site: Site) -> Iterator[Step]:
    """Requests are served as the pool's account, which may read what it needs and nothing else of ours."""
    yield _appcmd("set", "config", site.name, ANONYMOUS, "/userName:", COMMIT)
    for folder in readable(site):
        yield Call("icacls", (str(folder), "/grant", f"{site.account}:(OI)(CI)(RX)", "/Q"))
    for folder in _writable(site):
        yield Call("icacls", (str(folder), "/grant", f"{site.account}:(OI)(CI)(M)", "/Q"))


def _handled(site: Site) -> Iterator[Step]:
    """The handler, and its processes. What the app says of an error is what the client reads."""
    yield _appcmd("set", "config", site.name, ERRORS, "/existingResponse:PassThrough", COMMIT)
    if site.handler == "httpplatform":
        said = _list(name=site.name, path="*", verb="*", modules="httpPlatformHandler", resourceType="Unspecified")
        yield _appcmd("set", "config", site.name, HANDLERS, f"/+[{said}]", COMMIT)
        yield from _platform_environment(site)
        return
    if site.wfastcgi and site.wfastcgi != site.script:
        yield Copy(site.wfastcgi, site.script)
    yield _appcmd("set", "config", FASTCGI, f"/+[{_application(site)}]", COMMIT)
    for name, value in site.environment.items():
        variable = f"/+[{_key(site)}].environmentVariables.[{_list(name=name, value=value)}]"
        yield _appcmd("set", "config", FASTCGI, variable, COMMIT)
    said = _list(
        name=site.name,
        path="*",
        verb="*",
        modules="FastCgiModule",
        scriptProcessor=f"{site.python.executable}|{site.script}",
        resourceType="Unspecified",
        requireAccess="Script",
    )
    yield _appcmd("set", "config", site.name, HANDLERS, f"/+[{said}]", COMMIT)


def _platform_environment(site: Site) -> Iterator[Step]:
    """What comes on top of the variables in web.config; without its program IIS takes no such section."""
    if site.environment:
        yield _appcmd("set", "config", site.name, PLATFORM, f"/processPath:{site.python.executable}", COMMIT)
    for name, value in site.environment.items():
        variable = f"/+environmentVariables.[{_list(name=name, value=value)}]"
        yield _appcmd("set", "config", site.name, PLATFORM, variable, COMMIT)


def _application(site: Site) -> str:
    """An entry of FastCGI's list. All that `wfastcgi-enable` of 3.0.0 says beside the key is the 30 s."""
    if not _is_tuned(site):
        return f"{_key(site)},{_list(signalBeforeTerminateSeconds='30')}"
    tuned = _list(
        maxInstances=str(site.processes),
        instanceMaxRequests="10000000",
        queueLength=str(site.backlog),
        idleTimeout="604800",
        activityTimeout="600",
        requestTimeout="600",
        signalBeforeTerminateSeconds="0",
        rapidFailsPerMinute="100",
    )
    return f"{_key(site)},{tuned}"


def _waking(site: Site) -> Iterator[Step]:
    if site.waking == "ondemand":
        return
    yield _appcmd("set", "apppool", f"/apppool.name:{site.name}", "/startMode:AlwaysRunning")
    if site.waking != "running":
        yield _appcmd("set", "app", f"{site.name}/", "/preloadEnabled:true")
    if site.waking == "initialised":
        yield _appcmd("set", "config", site.name, INITIALISATION, "/doAppInitAfterRestart:true", COMMIT)
        yield _appcmd("set", "config", site.name, INITIALISATION, "/+[initializationPage='/']", COMMIT)


def _start(site: Site) -> Iterator[Step]:
    # Who says where compiled code is looked for, says also what lies there.
    if _is_tuned(site) and _CACHE not in site.environment:
        # The pool's account may not write, so what is not compiled now is compiled again by every process.
        packages = (site.wfastcgi.parent,) if site.wfastcgi else ()
        folders = dict.fromkeys((site.folder, *packages))
        yield Call("python", ("-m", "compileall", "-q", *map(str, folders)), is_needed=False)
    yield _appcmd("set", "apppool", f"/apppool.name:{site.name}", "/autoStart:true")
    yield _appcmd("set", "site", f"/site.name:{site.name}", "/serverAutoStart:true")
    yield _appcmd("start", "apppool", f"/apppool.name:{site.name}")
    yield _appcmd("start", "site", f"/site.name:{site.name}")


def _is_tuned(site: Site) -> bool:
    return site.profile == "tuned"


def _queue(site: Site) -> int:
    return min(max(site.backlog, 10), LONGEST_QUEUE)


def _key(site: Site) -> str:
    """What an entry of FastCGI's list is known by; joined by `|` it is a handler's scriptProcessor, to the letter."""
    return _list(fullPath=str(site.python.executable), arguments=str(site.script))


def _list(**values: str) -> str:
    return ",".join(f"{name}='{value}'" for name, value in values.items())
