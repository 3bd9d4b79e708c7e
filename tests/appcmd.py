"""Stands for appcmd.exe: keeps an applicationHost.config, and does to it what those commands do that bench says.

As a program: appcmd.py command…, with the file's path in $APPHOST. It knows no other command, and fails like the real
one: status 50 and a line that begins with ERROR.
"""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.iis.carry import Machine, Said

BARE = """<configuration>
<system.applicationHost>
<applicationPools><add name="DefaultAppPool" /></applicationPools>
<sites><site name="Default Web Site" id="1"><application path="/" applicationPool="DefaultAppPool">
<virtualDirectory path="/" physicalPath="C:\\inetpub\\wwwroot" /></application>
<bindings><binding protocol="http" bindingInformation="*:80:" /></bindings></site></sites>
</system.applicationHost>
<system.webServer><fastCgi><application fullPath="C:\\php\\php-cgi.exe" /></fastCgi></system.webServer>
</configuration>"""
_ENTRY = re.compile(r"(\w+)='([^']*)'")
_PATH = re.compile(r"/([+-])((?:\.?(?:\w+\.)?\[[^\]]*\])+)")


class RefusedError(Exception):
    """What appcmd says instead of doing it."""


class Appcmd:
    """IIS's configuration and what is running; `backups` by name."""

    def __init__(self, text: str = BARE) -> None:
        self.root = ET.fromstring(text)  # noqa: S314
        self.backups: dict[str, str] = {}
        self.workers: dict[str, list[int]] = {}

    def text(self) -> str:
        ET.indent(self.root)
        return ET.tostring(self.root, "unicode")

    def __call__(self, *said: str) -> tuple[int, str]:
        try:
            return 0, getattr(self, f"{said[0]}_{said[1]}")(*said[2:]) or ""
        except (RefusedError, AttributeError, IndexError) as refusal:
            return 50, f"ERROR ( message:{refusal or said} )"

    def add_backup(self, name: str) -> None:
        self.backups[name] = self.text()

    def delete_backup(self, name: str) -> None:
        del self.backups[name]

    def add_apppool(self, *said: str) -> None:
        values = _values(said)
        self._refuse_known("pool", values["name"])
        _set(ET.SubElement(self._section("system.applicationHost/applicationPools"), "add"), values)

    def add_site(self, *said: str) -> None:
        values = _values(said)
        self._refuse_known("site", values["name"])
        site = ET.SubElement(self._section("system.applicationHost/sites"), "site", name=values["name"])
        site.set("id", str(len(self.root.findall(".//site")) + 1))
        site.set("serverAutoStart", values["serverAutoStart"])
        app = ET.SubElement(site, "application", path="/")
        ET.SubElement(app, "virtualDirectory", path="/", physicalPath=values["physicalPath"])
        protocol, _, where = values["bindings"].partition("/")
        ET.SubElement(ET.SubElement(site, "bindings"), "binding", protocol=protocol, bindingInformation=where)

    def set_app(self, name: str, *said: str) -> None:
        _set(_found(self._site(name.rstrip("/")).find("application")), _values(said))

    def set_apppool(self, which: str, *said: str) -> None:
        _set(self._pool(which.partition(":")[2]), _values(said))

    def set_site(self, which: str, *said: str) -> None:
        _set(self._site(which.partition(":")[2]), _values(said))

    def set_config(self, *said: str) -> None:
        section, change = self._addressed(said)
        if match := _PATH.fullmatch(change):
            _edited(section, match[1], re.findall(r"(\w*)\.?\[([^\]]*)\]", match[2]))
        else:
            _set(section, _values([change]))

    def clear_config(self, *said: str) -> None:
        site, section = said[0], said[1].partition(":")[2]
        self._site(site)
        for place in self.root.findall("location"):
            if place.get("path") == site:
                groups, _, name = section.rpartition("/")
                parent = place.find(groups)
                if parent is not None and (gone := parent.find(name)) is not None:
                    parent.remove(gone)
                if (
                    next((leaf for leaf in place.iter() if not len(leaf) and leaf.attrib and leaf is not place), None)
                    is None
                ):
                    self.root.remove(place)

    def delete_site(self, which: str) -> None:
        self._section("system.applicationHost/sites").remove(self._site(which.partition(":")[2]))

    def delete_apppool(self, which: str) -> None:
        self._section("system.applicationHost/applicationPools").remove(self._pool(which.partition(":")[2]))

    def start_site(self, which: str) -> None:
        self._site(which.partition(":")[2])

    stop_site = start_site

    def start_apppool(self, which: str) -> None:
        self._pool(which.partition(":")[2])

    def stop_apppool(self, which: str) -> None:
        self._pool(which.partition(":")[2])
        self.workers.pop(which.partition(":")[2], None)

    def list_site(self) -> str:
        return "\n".join(f'SITE "{site.get("name")}" (id:{site.get("id")},state:Started)' for site in self._sites())

    def list_apppool(self) -> str:
        pools = self.root.iterfind("system.applicationHost/applicationPools/add")
        return "\n".join(f'APPPOOL "{pool.get("name")}" (state:Started)' for pool in pools)

    def list_app(self) -> str:
        apps = ((site.get("name"), _found(site.find("application"))) for site in self._sites())
        return "\n".join(f'APP "{name}/" (applicationPool:{app.get("applicationPool")})' for name, app in apps)

    def list_vdir(self) -> str:
        folders = ((site.get("name"), _found(site.find("application/virtualDirectory"))) for site in self._sites())
        return "\n".join(f'VDIR "{name}/" (physicalPath:{at.get("physicalPath")})' for name, at in folders)

    def list_config(self, section: str) -> str:
        found = self._section(section.partition(":")[2])
        return ET.tostring(found, "unicode")

    def list_wp(self, which: str, *_: str) -> str:
        return "\n".join(map(str, self.workers.get(which.partition(":")[2], [])))

    def _sites(self) -> list[ET.Element]:
        return self.root.findall("system.applicationHost/sites/site")

    def _refuse_known(self, kind: str, name: str) -> None:
        known = self._sites() if kind == "site" else self.root.findall("system.applicationHost/applicationPools/add")
        if any(each.get("name") == name for each in known):
            raise RefusedError(f"Failed to add duplicate collection element {name}")

    def _site(self, name: str) -> ET.Element:
        return _found(next((site for site in self._sites() if site.get("name") == name), None), name)

    def _pool(self, name: str) -> ET.Element:
        pools = self.root.findall("system.applicationHost/applicationPools/add")
        return _found(next((pool for pool in pools if pool.get("name") == name), None), name)

    def _addressed(self, said: Sequence[str]) -> tuple[ET.Element, str]:
        *target, section, change, commit = said
        if commit != "/commit:apphost":
            raise RefusedError(f"this would go to web.config: {commit}")
        parent = self.root
        if target:
            self._site(target[0])
            known = (place for place in self.root.findall("location") if place.get("path") == target[0])
            parent = next(known, None) or ET.SubElement(self.root, "location", path=target[0])  # type: ignore[assignment]
        return self._section(section.partition(":")[2], parent), change

    def _section(self, path: str, parent: ET.Element | None = None) -> ET.Element:
        at = self.root if parent is None else parent
        for name in path.split("/"):
            below = at.find(name)
            at = ET.SubElement(at, name) if below is None else below
        return at


def _values(said: Sequence[str]) -> dict[str, str]:
    parts = (word.removeprefix("/").partition(":") for word in said)
    return {name: value for name, _, value in parts}


def _set(element: ET.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        *inner, last = name.split(".")
        at = element
        for step in inner:
            below = at.find(step)
            at = ET.SubElement(at, step) if below is None else below
        at.set(last, value)


def _edited(section: ET.Element, sign: str, path: list[tuple[str, str]]) -> None:
    """Add or remove the last entry of a path such as [fullPath='…'].environmentVariables.[name='…',value='…']."""
    parent, tag = section, {"fastCgi": "application"}.get(section.tag, "add")
    for name, entry in path[:-1]:
        parent = _found(_entry(parent, dict(_ENTRY.findall(entry))), f"{name}[{entry}]")
    if path[-1][0]:
        inner = parent.find(path[-1][0])
        parent = ET.SubElement(parent, path[-1][0]) if inner is None else inner
        tag = "environmentVariable"
    values = dict(_ENTRY.findall(path[-1][1]))
    if sign == "+":
        # The newest comes first where a collection is not appended to: handlers, mergeAppend="false".
        parent.insert(0 if section.tag == "handlers" else len(parent), ET.Element(tag, values))
    else:
        parent.remove(_found(_entry(parent, values), str(values)))


def _entry(parent: ET.Element, values: dict[str, str]) -> ET.Element | None:
    matching = (each for each in parent if all(each.get(name, "") == value for name, value in values.items()))
    return next(matching, None)


def _found(element: ET.Element | None, name: str = "") -> ET.Element:
    if element is None:
        raise RefusedError(f"Cannot find requested element {name}")
    return element


def pretended(*failing: str) -> tuple[Machine, Appcmd]:
    """A machine whose appcmd keeps a configuration, and fails where a command has one of these words."""
    appcmd = Appcmd()

    def run(argv: tuple[str, ...]) -> Said:
        line = " ".join(argv)
        if any(word in line for word in failing):
            return Said(5, "ERROR ( message:Access is denied. )")
        return Said(*appcmd(*argv[1:])) if argv[0] == "appcmd" else Said(0, "")

    programs = {name: name for name in ("appcmd", "icacls", "python")}
    return Machine(programs, run, copy=lambda *_: None, pause=lambda _: None), appcmd  # type: ignore[arg-type]


def main() -> int:
    path = Path(os.environ["APPHOST"])
    appcmd = Appcmd(path.read_text("utf-8"))
    status, said = appcmd(*sys.argv[1:])
    path.write_text(appcmd.text(), "utf-8")
    print(said)
    return status


if __name__ == "__main__":
    sys.exit(main())
