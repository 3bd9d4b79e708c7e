"""Results files as an attentive forger leaves them: lines that were changed, with checksums that fit."""

import re
import zlib

CHECK = re.compile(r',"check":(null|"[0-9a-f]{8}")\}$')


def bare(line: str) -> str:
    """A line as versions wrote it that knew no checksums."""
    return CHECK.sub("}", line)


def sealed(line: str) -> str:
    """A line with the checksum of what it says now; what is no whole line stays as it is."""
    said, found = CHECK.subn("", line)
    return f'{said},"check":"{zlib.crc32(said.encode()):08x}"}}' if found else line
