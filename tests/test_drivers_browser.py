"""Locust's pages in a real Chromium: somebody starts our users there, stops them, and reads what the server counted."""

import socket
import subprocess

import chromium
import pytest
from chromium import Browser
from scripted import HELLO, always, scripted
from test_drivers_locustfile import command

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="Chromium is not installed")

SHOWN = "[...document.querySelectorAll('tbody tr')].map(row => [...row.cells].slice(1, 4).map(cell => cell.innerText))"


def until(page: Browser, condition: str) -> None:
    """Wait in the page until a JavaScript condition holds; half a minute at most."""
    page.run(
        f"new Promise((held, late) => {{ const end = Date.now() + 30000; const look = () => ({condition}) ? held()"
        " : Date.now() > end ? late(document.body.innerText) : setTimeout(look, 50); look(); })"
    )


def press(page: Browser, label: str) -> None:
    button = f"[...document.querySelectorAll('button')].find(one => one.innerText.toLowerCase() == '{label}')"
    until(page, button)
    page.run(f"{button}.click()")


def write(page: Browser, field: str, text: str) -> None:
    until(page, f"document.querySelector('input[name={field}]')")
    page.run(f"document.querySelector('input[name={field}]').select()")
    page.ask("Input.insertText", text=text)


def test_what_locusts_page_shows_at_the_end_is_what_the_server_was_asked(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with scripted(always(HELLO)) as server, chromium.browsing(tmp_path / "profile") as page:
        argv = command(tmp_path, server.url, "--web-host", "127.0.0.1", "--web-port", str(port), "Visitor")
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as locust:
            try:
                assert any("Starting web interface" in line for line in locust.stderr)
                while "errorText" in page.ask("Page.navigate", url=f"http://127.0.0.1:{port}/"):
                    assert locust.poll() is None
                swarm(page)
                until(page, f"{SHOWN}.some(row => row[0] == 'Aggregated' && row[1] == {len(server.requests)})")
                shown = page.run(SHOWN)
            finally:
                locust.kill()
    paths = [request.split()[1].decode() for request in server.requests]
    # the right answer to /b is another
    assert {name: (int(asked), int(failed)) for name, asked, failed in shown} == {
        "/a": (paths.count("/a"), 0),
        "/b": (paths.count("/b"), paths.count("/b")),
        "Aggregated": (len(paths), paths.count("/b")),
    }
    assert server.connections == 4


def swarm(page: Browser) -> None:
    """Have four users for a while, and see them go."""
    page.ask("Emulation.setDeviceMetricsOverride", width=1400, height=900, deviceScaleFactor=1, mobile=False)
    write(page, "userCount", "4")
    write(page, "spawnRate", "4")
    press(page, "start")
    until(page, f"{SHOWN}.some(row => row[0] == 'Aggregated' && Number(row[1]) > 1000)")
    press(page, "stop")
    until(page, "/stopped/i.test(document.querySelector('header').innerText)")
    # the page says so as soon as somebody wants it, Locust when it is so
    page.run("(async () => { while ((await (await fetch('/stats/requests')).json()).state != 'stopped'); })()")
