"""A real Chromium, spoken to over a pipe in its DevTools protocol: what a page does, says and asks for can be seen."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]
# Chromium reads commands from descriptor 3 and answers on 4.
LAUNCH = (
    "import os, sys; os.dup2(int(sys.argv[1]), 90); os.dup2(int(sys.argv[2]), 91); os.dup2(90, 3); os.dup2(91, 4); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)


class Browser:
    """One page. What it logged, threw, asked for and popped up since it was opened is in `events`, by method."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = os.fdopen(commands, "wb", buffering=0)
        self._answers = os.fdopen(answers, "rb")
        self._number = 0
        self._session: str | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method and wait for its result; events that come before it are kept."""
        self._number += 1
        said: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            said["sessionId"] = self._session
        self._commands.write(json.dumps(said).encode() + b"\0")
        while (heard := self._hear()).get("id") != self._number:
            self._keep(heard)
        assert "error" not in heard, f"{method}: {heard.get('error')}"
        result: dict[str, Any] = heard["result"]
        return result

    def open(self, url: str) -> None:
        """Load a page and wait until it is there."""
        self.events.clear()
        self.ask("Page.navigate", url=url)
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            self._keep(self._hear())

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page; an exception in it is an error."""
        done = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def point(self, x: float, y: float) -> None:
        """Move the mouse."""
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def happened(self, *methods: str) -> list[dict[str, Any]]:
        return [parameters for method, parameters in self.events if method in methods]

    def close(self) -> None:
        """Let go of the pipe, which ends Chromium."""
        self._commands.close()
        self._answers.close()

    def _hear(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._answers.read(1)) not in (b"\0", b""):
            text += byte
        assert text, "Chromium is gone"
        heard: dict[str, Any] = json.loads(text)
        return heard

    def _keep(self, heard: dict[str, Any]) -> None:
        if "method" in heard:
            self.events.append((heard["method"], heard.get("params", {})))


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, gone at the end."""
    assert PROGRAM
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(theirs_in), str(theirs_out), PROGRAM, *FLAGS, f"--user-data-dir={profile}"],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    browser = Browser(ours_out, ours_in)
    try:
        yield browser
    finally:
        browser.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def labels(page: Browser) -> list[list[dict[str, Any]]]:
    """What is written in each chart of a page, and the box of each."""
    found: list[list[dict[str, Any]]] = page.run(
        "[...document.querySelectorAll('.chart')].map(chart => [...chart.querySelectorAll('text')].map(text => {"
        " const {left, right, top, bottom} = text.getBoundingClientRect();"
        " return {said: text.textContent, left, right, top: top + 2, bottom: bottom - 2}; }))"
    )
    return found


def touching(texts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The pairs of texts that overlap, from what each says and its box."""
    return [
        (one["said"], other["said"])
        for at, one in enumerate(texts)
        for other in texts[:at]
        if min(one["right"], other["right"]) > max(one["left"], other["left"])
        and min(one["bottom"], other["bottom"]) > max(one["top"], other["top"])
    ]


def nameless(page: Browser) -> int:
    """How many of what can be used have no name that could be read out."""
    found: int = page.run(
        "[...document.querySelectorAll('button, input, svg[role]')].filter(one => !(one.textContent.trim() ||"
        " one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') || one.labels?.length)).length"
    )
    return found


def on_paper(page: Browser, *selectors: str) -> list[str]:
    """Those selectors whose first element is seen in print."""
    page.ask("Emulation.setEmulatedMedia", media="print", features=[])
    found: list[str] = page.run(f"{list(selectors)}.filter(one => document.querySelector(one).checkVisibility())")
    return found


def in_the_dark(page: Browser, ink: str) -> list[float]:
    """The shades of a page for whoever wants a dark one."""
    page.ask("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    return shades(page, ink)


def shades(page: Browser, ink: str) -> list[float]:
    """How light a page's background is, and then everything written in what the selector finds; 0 is black."""
    script = (
        f"[document.body, ...document.querySelectorAll('{ink}')].map((one, at) => {{"
        " const style = getComputedStyle(one);"
        " const shade = at ? (one.tagName === 'text' ? style.fill : style.color) : style.backgroundColor;"
        " const [red, green, blue] = shade.match(/[0-9.]+/g).map(Number); return (red + green + blue) / 765; })"
    )
    found: list[float] = page.run(script)
    return found
