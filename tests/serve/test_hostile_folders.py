"""Run folders that somebody made to do harm, as every endpoint about a run answers them."""

from __future__ import annotations

import importlib
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from asgi_client import Answer
from glyphlab.serve.app.studio import Settings, Studio
from glyphlab.serve.views.areas_in_order import AREAS
from studios import address_of, client_of, endpoints
from trained import digits_run

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
ALL = bool(os.environ.get("GLYPHLAB_ALL_DAMAGES"))
"""Whether every kind of damage is tried, which takes minutes; otherwise one of eight."""
ANSWERS = {200, 404, 409, 422, 503}


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("faults.hostile")


def _harms(answer: Answer) -> list[str]:
    """Return what a page holds that the studio does not put there."""
    if "text/html" not in answer.headers.get("content-type", ""):
        return []
    wrong: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag == "script" and given.get("type") != "application/json" and not given.get("src"):
                wrong.append("an inline script")
            for name, value in attrs:
                if name.startswith("on") or "glyphmark" in name:
                    wrong.append(f"{tag} {name}")
                if name in ("src", "href") and not re.match(
                    r"/(?!/)|#|\?|data:image/", value or ""
                ):
                    wrong.append(f"{tag} {name}={value}")

        handle_startendtag = handle_starttag

    Reader().feed(answer.text)
    return wrong


def test_what_a_page_may_not_hold_is_found() -> None:
    page = {"content-type": "text/html"}
    for content in (b"<script>a()</script>", b"<b onclick=a()>", b"<img src=//a.b/c.png>"):
        assert _harms(Answer(200, page, content))
    assert not _harms(Answer(200, page, b"<script src=/static/a.js></script><a href='/runs'>"))


def test_every_endpoint_answers_every_damage(hostile: ModuleType, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious.txt").write_text("1\n")
    names = {}
    chosen = list(hostile.DAMAGES.items())[:: 1 if ALL else 24]
    for number, (damage, harm) in enumerate(chosen):
        name = f"single-damaged-{number}"
        shutil.copytree(digits_run().path, tmp_path / "place" / name)
        harm(tmp_path / "place" / name, victim)
        names[name] = damage
    asked = [
        endpoint
        for endpoint in endpoints()
        if endpoint.method == "GET" and endpoint.path.count("{") == 1 and "{run}" in endpoint.path
        if "/map" not in endpoint.path and not endpoint.path.endswith("/events")
    ]
    assert len(asked) > 8
    studio = Studio(Settings(tmp_path / "place"), AREAS)
    wrong = []
    try:
        client = client_of(studio)
        for path in ("/runs", "/draw", "/inside", "/generate", "/api/runs", "/api/draw/models"):
            answer = client.get(path)
            if answer.status != 200 or _harms(answer):
                wrong.append((path, answer.status, answer.content[:200]))
        for name, damage in names.items():
            for endpoint in asked:
                answer = client.get(address_of(endpoint, name))
                if answer.status not in ANSWERS or _harms(answer):
                    wrong.append((damage, endpoint.path, answer.status, answer.content[:200]))
    finally:
        studio.close()
    assert wrong == []
    assert [path.name for path in victim.iterdir()] == ["precious.txt"]
    assert (victim / "precious.txt").read_text() == "1\n"
