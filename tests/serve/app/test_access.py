"""Who is let in: the token, the names of the server, foreign pages, and those who only look."""

from __future__ import annotations

from pathlib import Path

import pytest

from asgi_client import Client
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
