"""What a killed harness has left in IIS, and the steps that remove it. Pure."""

import re
from collections.abc import Callable, Iterable

from bench.iis.plan import ANONYMOUS, COMMIT, ERRORS, FASTCGI, HANDLERS, INITIALISATION, PLATFORM, Call, Ended, Step

_SITE = re.compile(r'SITE "(bench-\d+-(\d+))"')
_POOL = re.compile(r'APPPOOL "(bench-\d+-(\d+))"')
_FASTCGI = re.compile(r"FASTCGI ([^|]+)\|(.*\\bench-[^\\]+\\wfastcgi\.py)")


def leftovers(lines: Iterable[str], is_alive: Callable[[int], bool], exists: Callable[[str], bool]) -> tuple[Step, ...]:
    """The steps that remove sites whose keeper is no more, and FastCGI's processes whose script is no more.

    `lines` are what `carry.seen` gives; a site's name ends with its keeper's process id.
    """
    steps: list[Step] = []
    lines = list(lines)
    for name in _orphans(_SITE, lines, is_alive):
        sections = (HANDLERS, ERRORS, ANONYMOUS, INITIALISATION, PLATFORM)
        steps += (Call("appcmd", ("clear", "config", name, section, COMMIT)) for section in sections)
        steps.append(Call("appcmd", ("delete", "site", f"/site.name:{name}")))
    for name in _orphans(_POOL, lines, is_alive):
        # A pool that runs is stopped by being deleted; its workers are given the time to end.
        steps += (Call("appcmd", ("delete", "apppool", f"/apppool.name:{name}")), Ended(name))
    for match in filter(None, map(_FASTCGI.match, lines)):
        if not exists(match[2]):
            key = f"/-[fullPath='{match[1]}',arguments='{match[2]}']"
            steps.append(Call("appcmd", ("set", "config", FASTCGI, key, COMMIT)))
    return tuple(steps)


def _orphans(kind: re.Pattern[str], lines: Iterable[str], is_alive: Callable[[int], bool]) -> list[str]:
    return [match[1] for match in filter(None, map(kind.match, lines)) if not is_alive(int(match[2]))]
