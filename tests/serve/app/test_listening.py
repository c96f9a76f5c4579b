"""Where a studio listens, what it is called there, and that it ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Browser
from glyphlab._common.errors import UsageError
from glyphlab.serve.app.listening import Listening, listening
from glyphlab.serve.app.starting import open_studio
from glyphlab.serve.app.studio import Settings, Studio
from glyphlab.serve.views.areas_in_order import AREAS
from pen import as_base64, written
from trained import digits_run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(digits_run().path, tmp_path / digits_run().name)
    return tmp_path


@contextlib.contextmanager
def running(opened: Listening) -> Iterator[int]:
    """Let it answer while the block runs; yields its port."""
    thread = threading.Thread(target=opened.run)
    thread.start()
    try:
        yield opened.socket.getsockname()[1]
    finally:
        opened.stop()
        thread.join(20)
        assert not thread.is_alive()


def ask(
    opened: Listening,
    method: str,
    path: str,
    host: str | None = None,
    body: str | None = None,
    *,
    address: str | None = None,
    more: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    """Return the answer to one request, with the token of an address (by default the owner's)."""
    port = opened.socket.getsockname()[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    token = (address or opened.address).partition("=")[2]
    headers = {"authorization": f"Bearer {token}", "host": host or f"127.0.0.1:{port}"}
    headers |= more or {}
    if body is not None:
        headers["content-type"] = "application/json"
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_it_answers_this_machine_until_it_is_stopped(root: Path) -> None:
    with open_studio(root) as opened, running(opened) as port:
        assert opened.others == ()
        assert ask(opened, "GET", "/api/health")[0] == 200
        assert ask(opened, "GET", "/api/health", f"localhost:{port}")[0] == 200
        assert ask(opened, "GET", "/api/health", f"evil.test:{port}")[0] == 403
        assert ask(opened, "GET", "/api/health", "127.0.0.1:1")[0] == 403


def test_a_stream_that_is_open_keeps_it_from_nothing(root: Path) -> None:
    with open_studio(root) as opened:
        with running(opened) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", f"/api/runs/events?{opened.address.partition('?')[2]}")
            assert connection.getresponse().read1(20)
        connection.close()


def test_to_a_classroom_it_only_shows(root: Path) -> None:
    forwarded = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1"}
    with open_studio(root, host="0.0.0.0") as opened, running(opened):
        visitors = opened.others[0]
        assert len({one.partition("=")[2] for one in (opened.address, *opened.others)}) == 2
        for more in ({}, forwarded):  # as through a proxy on this machine
            status, said = ask(opened, "DELETE", f"/api/runs/{digits_run().name}",
                               address=visitors, more=more)  # fmt: skip
            assert (status, b"--allow-training" in said) == (403, True)
        assert (root / digits_run().name).exists()
        assert b"its owner trains" in ask(opened, "GET", "/play", address=visitors)[1]
        assert json.loads(ask(opened, "GET", "/api/health", address=visitors)[1])["read_only"]


def test_its_owner_trains_and_deletes_at_the_machine_itself(root: Path) -> None:
    with open_studio(root, host="0.0.0.0") as opened, running(opened) as port:
        assert opened.address.startswith(f"http://127.0.0.1:{port}/?token=")
        assert b'id="train">Train</button>' in ask(opened, "GET", "/play")[1]
        assert not json.loads(ask(opened, "GET", "/api/health")[1])["read_only"]
        assert ask(opened, "DELETE", f"/api/runs/{digits_run().name}")[0] == 200
        assert not (root / digits_run().name).exists()


def test_one_address_of_the_machine_has_an_owner_too(root: Path) -> None:
    try:
        with open_studio(root, host="127.0.0.2") as opened, running(opened) as port:
            assert opened.address.startswith(f"http://127.0.0.2:{port}/?token=")
            assert opened.address not in opened.others
    except UsageError:
        pytest.skip("this machine has one loopback address")


def test_phones_draw_by_the_address_that_is_printed(root: Path) -> None:
    with open_studio(root, host="0.0.0.0") as opened, running(opened) as port:
        host = opened.others[0].split("/")[2]
        drawn = json.dumps({"models": [digits_run().name], "boxes": as_base64([written("3")])})
        status, said = ask(opened, "POST", "/api/draw/answers", host, drawn)
        assert (status, json.loads(said)["answers"][0]["error"]) == (200, None)
        assert ask(opened, "GET", "/draw", host)[0] == 200
        for other in (f"evil.test:{port}", f"192.0.2.7:{port}", f"{host.partition(':')[0]}:1"):
            assert ask(opened, "POST", "/api/draw/answers", other, drawn)[0] == 403


def test_a_browser_that_goes_away_frees_its_stream(root: Path) -> None:
    studio = Studio(Settings(root), AREAS)
    with listening(studio) as opened, running(opened) as port:
        browsers = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(3)]
        for one in browsers:
            one.request("GET", f"/api/runs/events?{opened.address.partition('?')[2]}")
            assert one.getresponse().read1(20)
        assert studio.streams == 3
        for one in browsers:
            one.close()
        until = time.monotonic() + 60
        while studio.streams:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert ask(opened, "GET", "/api/health")[0] == 200


def test_what_visitors_may_is_said_where_there_are_any(root: Path) -> None:
    for host in ("127.0.0.1", "localhost"):
        with (
            pytest.raises(UsageError, match="add --host"),
            open_studio(root, host=host, allow_training=True),
        ):
            pass


@pytest.mark.browser
def test_a_page_says_that_its_studio_has_stopped_and_goes_on_when_it_is_back(
    browser: Browser, root: Path
) -> None:
    shutil.copytree(root / digits_run().name, root / "removed")
    said = "return document.querySelector('#stopped').textContent"
    count = "return document.querySelectorAll('#runs tbody input').length"
    with open_studio(root, token="one") as opened, running(opened) as port:
        page = f"http://127.0.0.1:{port}/runs?token="
        tab = browser.open(f"{page}one")
        tab.wait(f"{count} === 2")
        assert tab.run(said) == ""
    tab.wait(f"{said}.startsWith('The studio has stopped.')")
    shutil.rmtree(root / "removed")
    with open_studio(root, port=port, token="another") as opened, running(opened):
        tab.wait(f"{said}.includes('another one answers here')")
        assert tab.run(count) == 2
        browser.open(f"{page}another")  # as the terminal shows it: tabs share the cookie
        tab.front()
        tab.wait(f"{said} === ''")
        tab.wait(f"{count} === 1")
