"""A user's repository for tests: a small app in several commits, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

WSGI = """
import os, time

def app(environ, start_response):
    body = {body}
    start_response("{status}", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
ASGI = """
async def app(scope, receive, send):
    body = b"from asgi"
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""


def wsgi(body: str = 'b"from wsgi"', status: str = "200 OK") -> str:
    return WSGI.format(body=body, status=status)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.org"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(folder: Path, **commits: str) -> Path:
    """A repository with a commit and a tag for each source of shop.py, the last of which is checked out."""
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q")
    for tag, source in commits.items():
        (folder / "shop.py").write_text(source)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", tag)
        git(folder, "tag", tag)
    return folder


def bench(folder: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command as a user in that folder calls it."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    root = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root, **variables}
    environment.pop("GITHUB_STEP_SUMMARY", None)
    environment.update(variables)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
