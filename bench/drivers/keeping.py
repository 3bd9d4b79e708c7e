"""Whether a server keeps connections: asked twice on one, for load programs that never open a second."""

import ssl
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from bench.model import Load


def closes(url: str, load: Load) -> bool:
    """Whether the server ends a connection with its first answer, announced or not; False where it does not answer."""
    parts = urlsplit(url)
    trusting = ssl._create_unverified_context()  # nosec B323  # noqa: S323  as load programs do
    with closing(
        HTTPSConnection(parts.netloc, timeout=load.timeout, context=trusting)
        if parts.scheme == "https"
        else HTTPConnection(parts.netloc, timeout=load.timeout)
    ) as connection:
        for asked in range(2):
            try:
                connection.request("GET", parts.path.rstrip("/") + load.requests[0].path)
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                # the first time that is for the program to tell
                return asked > 0
            if answer.will_close:
                return True
    return False
