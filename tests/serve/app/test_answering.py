"""From a request to its answer: what is checked, what is limited, what is said of the rest."""

from __future__ import annotations

import http.client
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from asgi_client import Client
from glyphlab._common.errors import RunError, UnknownName, UsageError
from glyphlab.runs import list_runs
from glyphlab.serve.app import answering, pools
from glyphlab.serve.app.areas import Area, Content, Given, ServerEvent, Upload
from glyphlab.serve.app.listening import listening
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Settings, Studio
from studios import client_of


class Said(Given):
    """What tests say."""

    word: str = "none"
    number: int = 0
    several: tuple[int, ...] = ()


class Followed:
    """Three events, and no more."""

    def __init__(self, after: int) -> None:
        self.number, self.ended = after, False

    def more(self) -> list[ServerEvent]:
        self.number += 1
        self.ended = self.number >= 3
        return [ServerEvent("count", {"number": self.number}, self.number)]


AREA = Area("tests", "Tests", "/said")
EVENT = threading.Event()
BEGUN = threading.Event()


@AREA.get("/api/said")
def said(given: Said) -> Said:
    """Say it again."""
    return given


@AREA.post("/api/said", bytes=200)
def said_as_json(body: Said) -> Said:
    """Say it again."""
    return body


@AREA.post("/api/bytes", bytes=200, takes=("image/png",))
def said_as_bytes(body: Upload) -> Content:
    """Say it again."""
    return Content(body.content, body.media)


@AREA.get("/api/wrong")
def wrong(given: Said) -> Said:
    """Fail in one of many ways."""
    raise {
        "name": UnknownName("thing", "x", ["y"]),
        "usage": UsageError("no"),
        "run": RunError("no"),
        "permission": PermissionError(13, "Permission denied", "/a"),
        "disk": OSError(28, "No space left on device"),
        "memory": MemoryError(),
        "ours": ZeroDivisionError("division by zero"),
        "refused": Refused(418, "a teapot"),
    }[given.word]


@AREA.get("/api/slow", pool="compute", seconds=0.2)
def slow() -> Said:
    """Wait for the test."""
    EVENT.wait(20)
    return Said()


@AREA.get("/api/slower", pool="compute", seconds=30)
def slower() -> Said:
    """Wait for the test, and say that it does."""
    BEGUN.set()
    EVENT.wait(20)
    return Said()


@AREA.stream("/api/counted")
def counted(after: int) -> Followed:
    """Count to three."""
    return Followed(after)


@pytest.fixture
def client(tmp_path: Path) -> Any:
    studio = Studio(Settings(tmp_path), [AREA])
    yield client_of(studio)
    EVENT.set()
    studio.close()


def test_the_address_is_checked(client: Client) -> None:
    found = client.get("/api/said?word=yes&several=1&several=2")
    assert found.json() == {"word": "yes", "number": 0, "several": [1, 2]}
    for query, key in (("number=x", "number"), ("wort=yes", "wort"), ("several=a", "several")):
        found = client.get(f"/api/said?{query}")
        assert found.status == 422
        assert key in found.json()["error"]


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b'{"word": "yes"}', "application/json", 200),
        (b'{"word": "yes"}', "application/json; charset=utf-8", 200),
        (b'{"word": "yes"}', "text/plain", 415),
        (b'{"word": 1}', "application/json", 422),
        (b'{"word": "yes", "more": 1}', "application/json", 422),
        (b'{"number": 1e400}', "application/json", 422),
        (b'{"number": NaN}', "application/json", 422),
        (b"[1]", "application/json", 422),
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100 + b"]" * 100, "application/json", 400),
        (b" " * 201, "application/json", 413),
    ],
)
def test_a_document_is_checked(client: Client, content: bytes, media: str, status: int) -> None:
    found = client.post("/api/said", content=content, headers={"content-type": media})
    assert found.status == status
    assert (status == 200) != ("error" in found.json())


def test_bytes_are_limited_whatever_their_head_says(client: Client) -> None:
    png = {"content-type": "image/png"}
    found = client.post("/api/bytes", content=b"1" * 200, headers=png)
    assert (found.status, found.content) == (200, b"1" * 200)
    assert client.post("/api/bytes", content=b"1" * 201, headers=png).status == 413
    short = {**png, "content-length": "3"}
    assert client.post("/api/bytes", content=b"1" * 201, headers=short).status == 413
    long = {**png, "content-length": "99999999999"}
    assert client.post("/api/bytes", content=b"", headers=long).status == 413
    assert client.post("/api/bytes", content=b"1", headers={"content-type": "a/b"}).status == 415


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("name", 404), ("usage", 422), ("run", 409), ("permission", 403), ("disk", 409),
        ("memory", 409), ("refused", 418),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_sentence(client: Client, word: str, status: int) -> None:
    found = client.get(f"/api/wrong?word={word}")
    assert found.status == status
    assert "Traceback" not in found.text
    assert len(found.json()["error"]) > 1


def test_a_fault_of_ours_shows_no_traceback(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    found = client.get("/api/wrong?word=ours")
    assert found.status == 500
    assert "division" not in found.text
    assert "ZeroDivisionError" in caplog.text


def test_what_takes_too_long_is_said(client: Client) -> None:
    EVENT.clear()
    found = client.get("/api/slow")
    assert found.status == 503
    assert "0.2 seconds" in found.json()["error"]


def test_a_studio_that_closes_shows_no_traceback_of_what_it_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("glyphlab.serve.app.listening._GRACE", 1)
    EVENT.clear()
    BEGUN.clear()
    with listening(Studio(Settings(tmp_path), [AREA]), token="known") as opened:
        server = threading.Thread(target=opened.run)
        server.start()
        connection = http.client.HTTPConnection(opened.address.split("/")[2], timeout=30)
        connection.request("GET", "/api/slower?token=known")
        assert BEGUN.wait(20)
        opened.stop()
        server.join(20)
        assert not server.is_alive()
        EVENT.set()
        connection.close()
    assert "Traceback" not in caplog.text
    assert "Exception" not in caplog.text


def test_no_queue_is_endless(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "WAITING", {"files": 0, "compute": 0, "figures": 0})
    studio = Studio(Settings(Path()), [AREA])
    busy = client_of(studio)
    EVENT.clear()
    assert busy.get("/api/slow").status == 503
    found = busy.get("/api/slow")  # the first one still works, and there is no place to wait
    assert found.status == 429
    assert "busy" in found.json()["error"]
    EVENT.set()
    studio.close()


def test_a_stream_goes_on_after_what_was_heard(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_EVERY", 0.01)
    found = client.get("/api/counted")
    assert found.headers["content-type"].startswith("text/event-stream")
    numbers = [json.loads(line[6:])["number"] for line in found.text.splitlines() if "data" in line]
    assert numbers == [1, 2, 3]
    later = client.get("/api/counted", headers={"last-event-id": "2"})
    assert later.text == client.get("/api/counted?after=2").text
    assert '"number":2' not in later.text
    assert '"number":3' in later.text
    assert client.get("/api/counted", headers={"last-event-id": "x"}).status == 200


def test_streams_are_counted_and_given_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "STREAMS", 1)
    for _ in range(3):
        assert client.get("/api/counted?after=2", most=1).status == 200
    monkeypatch.setattr(answering, "STREAMS", 0)
    assert client.get("/api/counted").status == 429


def test_pages_say_what_is_wrong_to_people(studio: Studio) -> None:
    found = client_of(studio).get("/runs/nothing")
    assert found.status == 404
    assert found.headers["content-type"].startswith("text/html")
    assert "Unknown run" in found.text
    assert client_of(studio).get("/nowhere").status == 404
    assert client_of(studio).post("/runs").status == 405


def test_nothing_written_in_a_page_is_run(studio: Studio) -> None:
    found = client_of(studio).get("/runs")
    assert "default-src 'self'" in found.headers["content-security-policy"]
    assert "unsafe-inline" not in found.headers["content-security-policy"]
    for text in (" style=", " onclick=", "javascript:"):
        assert text not in found.text
    assert found.headers["x-content-type-options"] == "nosniff"


def test_a_folder_that_cannot_be_looked_into(
    client: Client, root: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    paths = ("/runs", "/api/runs", f"/api/runs/{list_runs(root)[0].name}")
    for path in paths:
        with monkeypatch.context() as patched:
            patched.setattr("os.scandir", denied)
            found = client_of(studio).get(path)
        assert found.status == 403
        assert "Permission denied" in found.text
