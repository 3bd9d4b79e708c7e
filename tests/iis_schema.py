"""What IIS takes in the sections that bench writes: unknown names, missing ones and values out of range are told.

Rules, with their source: the attributes, types, defaults and ranges of IIS_schema.xml, FX_schema.xml, rewrite_schema
and httpplatform_schema as IIS 10 has them under %windir%\\System32\\inetsrv\\config\\schema, and as Microsoft's
configuration reference (learn.microsoft.com/iis/configuration) tells them. Only what bench uses is here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

TEXT = r"[\s\S]*"
SOME = r"[\s\S]+"
BOOL = r"(?i)true|false"
SPAN = r"(\d+\.)?\d{1,2}:\d{2}:\d{2}"
POOL = r'[^|<>&"/\[\]+=;:,?*@]{1,64}'
SITE = r"[^/?]+"


@dataclass(frozen=True)
class Rule:
    """An element: its attributes (a pattern, or a range of numbers), those it must have, and what may be in it."""

    values: dict[str, str | range] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    inner: "dict[str, Rule]" = field(default_factory=dict)
    key: tuple[str, ...] = ()


def collection(tag: str, entry: Rule, **values: str | range) -> Rule:
    return Rule(dict(values), inner={tag: entry, "clear": Rule(), "remove": Rule({"name": SOME})})


def entry(*key: str, inner: dict[str, Rule] | None = None, **values: str | range) -> Rule:
    return Rule(dict(values), frozenset(key), inner or {}, key)


VARIABLES = collection("environmentVariable", entry("name", name=SOME, value=TEXT))
FASTCGI = entry(
    "fullPath",
    inner={"environmentVariables": VARIABLES},
    fullPath=SOME,
    arguments=TEXT,
    maxInstances=range(10_001),
    instanceMaxRequests=range(1, 10_000_001),
    queueLength=range(1, 100_000_001),
    idleTimeout=range(10, 2_592_001),
    activityTimeout=range(10, 2_592_001),
    requestTimeout=range(10, 2_592_001),
    signalBeforeTerminateSeconds=range(61),
    rapidFailsPerMinute=range(1001),
    protocol="NamedPipe|Tcp",
    flushNamedPipe=BOOL,
    stderrMode="ReturnStdErrIn500|ReturnGeneric500|IgnoreAndReturn200|TerminateProcess",
)
HANDLER = entry(
    "name",
    "path",
    "verb",
    name=SOME,
    path=SOME,
    verb=SOME,
    modules=SOME,
    scriptProcessor=TEXT,
    resourceType="File|Directory|Either|Unspecified",
    requireAccess="None|Read|Write|Script|Execute",
)
POOLS = entry(
    "name",
    inner={
        "processModel": Rule({"idleTimeout": SPAN, "identityType": "ApplicationPoolIdentity"}),
        "recycling": Rule(inner={"periodicRestart": Rule({"time": SPAN})}),
        "failure": Rule({"rapidFailProtection": BOOL}),
    },
    name=POOL,
    autoStart=BOOL,
    startMode="OnDemand|AlwaysRunning",
    managedRuntimeVersion=r"|v2\.0|v4\.0",
    managedPipelineMode="Integrated|Classic",
    queueLength=range(10, 65_536),
)
SITES = entry(
    "name",
    "id",
    inner={
        "application": entry(
            "path",
            inner={"virtualDirectory": entry("path", path=SOME, physicalPath=SOME)},
            path=SOME,
            applicationPool=POOL,
            preloadEnabled=BOOL,
        ),
        "bindings": collection(
            "binding", entry("protocol", "bindingInformation", protocol=SOME, bindingInformation=SOME)
        ),
    },
    name=SITE,
    id=range(1, 2**32),
    serverAutoStart=BOOL,
)
LOG = Rule({"directory": SOME, "enabled": BOOL})
RULES = collection(
    "rule",
    entry(
        "name",
        inner={
            "match": Rule({"url": SOME, "ignoreCase": BOOL}, frozenset({"url"})),
            "conditions": Rule(),
            "action": Rule({"type": "None|Rewrite|Redirect", "url": SOME, "appendQueryString": BOOL}),
        },
        name=SOME,
        stopProcessing=BOOL,
    ),
)
SECTIONS = {
    "appSettings": collection("add", entry("key", key=SOME, value=TEXT)),
    "system.applicationHost/applicationPools": collection("add", POOLS),
    "system.applicationHost/listenerAdapters": collection("add", entry("name", name=SOME)),
    "system.applicationHost/sites": Rule(
        inner={
            "site": SITES,
            "siteDefaults": Rule(inner={"logFile": LOG, "traceFailedRequestsLogging": LOG}),
            "applicationDefaults": Rule({"applicationPool": POOL}),
        }
    ),
    "system.webServer/fastCgi": collection("application", FASTCGI),
    "system.webServer/handlers": collection("add", HANDLER, accessPolicy=SOME),
    "system.webServer/httpErrors": Rule(
        {"existingResponse": "Auto|Replace|PassThrough", "errorMode": "DetailedLocalOnly|Custom|Detailed"}
    ),
    "system.webServer/globalModules": collection("add", entry("name", "image", name=SOME, image=SOME)),
    "system.webServer/modules": collection("add", entry("name", name=SOME, lockItem=BOOL)),
    "system.webServer/security/access": Rule({"sslFlags": "None|Ssl"}),
    "system.webServer/security/authentication/anonymousAuthentication": Rule({"enabled": BOOL, "userName": TEXT}),
    "system.webServer/security/requestFiltering": Rule(),
    "system.webServer/serverRuntime": Rule({"appConcurrentRequestLimit": range(1, 2**32)}),
    "system.webServer/applicationInitialization": collection(
        "add", entry("initializationPage", initializationPage=SOME, hostName=TEXT), doAppInitAfterRestart=BOOL
    ),
    "system.webServer/rewrite": Rule(inner={"rules": RULES}),
    "system.webServer/httpPlatform": Rule(
        {
            "processPath": SOME,
            "arguments": TEXT,
            "startupTimeLimit": range(2**31),
            "startupRetryCount": range(101),
            "rapidFailsPerMinute": range(101),
            "requestTimeout": SPAN,
            "processesPerApplication": range(1, 101),
            "stdoutLogEnabled": BOOL,
            "stdoutLogFile": SOME,
        },
        frozenset({"processPath"}),
        {"environmentVariables": VARIABLES},
    ),
}
GROUPS = {path.rpartition("/")[0] for path in SECTIONS} | {"system.webServer/security", "system.webServer"}


def faults(text: str) -> list[str]:
    """Everything that IIS would refuse in a web.config or an applicationHost.config, with its place."""
    root = ET.fromstring(text)  # noqa: S314
    return [*_walked(root, ""), *_unpaired(root)]


def _walked(node: ET.Element, path: str) -> Iterator[str]:
    for below in node:
        full = f"{path}/{below.tag}".lstrip("/")
        if below.tag == "configSections":
            continue
        if below.tag == "location":
            yield from _walked(below, path)
        elif full in SECTIONS:
            yield from _element(below, SECTIONS[full], full)
        elif full in GROUPS:
            yield from _walked(below, full)
        else:
            yield f"{full} is no section"


def _element(node: ET.Element, rule: Rule, where: str) -> Iterator[str]:
    for name in rule.required.difference(node.keys()):
        yield f"{where} has no {name}"
    for name, value in node.items():
        allowed = rule.values.get(name)
        if allowed is None:
            yield f"{where} has an unknown attribute {name}"
        elif isinstance(allowed, range):
            if not value.isdecimal() or int(value) not in allowed:
                yield f"{where} {name}='{value}' is not in {allowed}"
        elif not re.fullmatch(allowed, value):
            yield f"{where} {name}='{value}' is not {allowed}"
    keys = set()
    for below in node:
        inner = rule.inner.get(below.tag)
        if inner is None:
            yield f"{where} has an unknown element {below.tag}"
            continue
        yield from _element(below, inner, f"{where}/{below.tag}")
        key = (below.tag, *(below.get(part, "").lower() for part in (*inner.key, "arguments")))
        if inner.key and key in keys:
            yield f"{where} has {key} twice"
        keys.add(key)


def _unpaired(root: ET.Element) -> Iterator[str]:
    """A handler's scriptProcessor must be an entry of FastCGI's list, to the letter, where there is such a list."""
    known = {f"{each.get('fullPath')}|{each.get('arguments', '')}".rstrip("|") for each in root.iter("application")}
    for handler in root.iter("add"):
        if handler.get("modules") == "FastCgiModule" and root.find(".//fastCgi") is not None:
            processor = handler.get("scriptProcessor", "")
            if processor not in known:
                yield f"scriptProcessor {processor} is no entry of fastCgi"
