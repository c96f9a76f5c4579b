"""Who is let in: the token, the names of the server, foreign pages, and those who only look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from asgi_client import Client
from glyphlab.serve.app.application import application
from glyphlab.serve.app.areas import Endpoint
from glyphlab.serve.app.studio import Studio
from studios import HOST, TOKEN, address_of, client_of, endpoints


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty folder: nobody gets as far as a run."""
    return tmp_path


EVERY = [pytest.param(one, id=f"{one.method} {one.path}") for one in endpoints()]
CHANGING = [one for one in EVERY if one.values[0].changes]


@pytest.mark.parametrize("endpoint", EVERY)
def test_without_the_token_nothing_is_answered(studio: Studio, endpoint: Endpoint) -> None:
    for headers in (
        {},
        {"authorization": "Bearer another"},
        {"authorization": f"Basic {TOKEN}"},
        {"cookie": "glyphlab-8000=another"},
        {"cookie": f"glyphlab-8001={TOKEN}"},
    ):
        found = client_of(studio, None).ask(endpoint.method, address_of(endpoint), headers=headers)
        assert found.status == 403
        assert "token is missing" in found.text


@pytest.mark.parametrize("endpoint", EVERY)
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.test:8000"},
        {"host": "studio.test"},
        {"host": ""},
        {"origin": "http://evil.test"},
        {"origin": "https://studio.test:8000"},
        {"origin": "http://studio.test:8000.evil.test"},
        {"origin": "null"},
    ],
)
def test_nobody_asks_from_elsewhere(
    client: Client, endpoint: Endpoint, headers: dict[str, str]
) -> None:
    found = client.ask(endpoint.method, address_of(endpoint), headers=headers)
    assert found.status == 403


@pytest.mark.parametrize("endpoint", CHANGING)
def test_visitors_who_only_look_change_nothing(visitor: Client, endpoint: Endpoint) -> None:
    found = visitor.ask(endpoint.method, address_of(endpoint), json_={})
    assert found.status == 403
    assert "--allow-training" in found.text


@pytest.mark.parametrize(
    ("client", "server", "owned"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.5", "10.0.0.2", True),
        ("::1", "::1", True),
        ("::ffff:127.0.0.1", "::", True),
        ("10.0.0.2", "10.0.0.2", True),
        ("10.0.0.3", "10.0.0.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", False),
        ("unknown", "127.0.0.1", False),
        (None, "127.0.0.1", False),
    ],
)
def test_the_owner_is_at_the_machine_and_has_the_token_of_owners(
    studio: Studio, client: str | None, server: str, owned: bool
) -> None:
    studio.settings = replace(studio.settings, read_only=True)
    inner = application(studio, token=TOKEN, owner="own", hosts=[HOST], cookie="glyphlab-8000")

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        place = None if client is None else (client, 50000)
        await inner({**scope, "client": place, "server": (server, 8000)}, receive, send)

    for token, may in (("own", owned), (TOKEN, False)):
        asking = Client(asked, HOST, {"cookie": f"glyphlab-8000={token}"})
        near = {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1"}
        assert asking.get("/api/health", headers=near).json()["read_only"] is not may
        assert asking.delete("/api/runs/nothing").status == (404 if may else 403)


@pytest.mark.parametrize("token", [TOKEN, "own"])
def test_a_cookie_keeps_the_token_of_who_came(studio: Studio, token: str) -> None:
    made = application(studio, token=TOKEN, owner="own", hosts=[HOST], cookie="glyphlab-8000")
    found = Client(made, HOST).get(f"/runs?token={token}", headers={"cookie": "glyphlab-8000=x"})
    assert found.headers["set-cookie"].startswith(f"glyphlab-8000={token};")


@pytest.mark.parametrize("endpoint", EVERY)
def test_what_is_no_reading_says_so(endpoint: Endpoint) -> None:
    """Whatever is no GET changes something, or only computes what it was sent."""
    computes = endpoint.pool in ("compute", "figures")
    assert endpoint.method == "GET" or endpoint.changes or computes
    assert not (endpoint.method == "GET" and endpoint.changes)


def test_the_first_visit_puts_the_token_into_a_cookie(studio: Studio) -> None:
    stranger = client_of(studio, None)
    found = stranger.get(f"/runs?task=single&token={TOKEN}")
    assert found.status == 303
    assert found.headers["location"] == "/runs?task=single"
    cookie = found.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    kept = {"cookie": cookie.split(";")[0]}
    assert stranger.get("/runs", headers=kept).status == 200
    assert stranger.get("/api/health", headers=kept).status == 200


def test_an_address_leads_to_no_other_server(studio: Studio) -> None:
    found = client_of(studio, None).get(f"//evil.test/x?token={TOKEN}")
    assert found.headers.get("location", "/").startswith("/")
    assert not found.headers.get("location", "/").startswith("//")


def test_own_pages_may_ask(client: Client) -> None:
    assert client.get("/api/health", headers={"origin": f"http://{HOST}"}).status == 200


def test_styles_are_no_secret(studio: Studio) -> None:
    found = client_of(studio, None).get("/static/studio.css")
    assert found.status == 200
    assert found.headers["content-type"].startswith("text/css")
    assert client_of(studio, None).get("/static/../conftest.py").status in (403, 404)


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "/etc/passwd", ".hidden", "a%00b", "%ff"]
)
@pytest.mark.parametrize("endpoint", [one for one in EVERY if "{run}" in one.values[0].path])
def test_no_path_is_ever_opened(
    client: Client, endpoint: Endpoint, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        "glyphlab.runs.documents.read_plain_file", lambda path, _limit=0: opened.append(str(path))
    )
    found = client.ask(endpoint.method, address_of(endpoint, name), json_={})
    assert 400 <= found.status < 500
    assert opened == []
