"""Generate: samples, the timeline, and what is refused."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from asgi_client import Client
from browser import Browser
from glyphlab.runs import list_runs
from trained_generator import tiny_generator


@pytest.fixture
def generator(root: Path) -> str:
    """The name of a finished generator; its reference classifier is there too."""
    run = tiny_generator()
    for folder in run.path.parent.iterdir():
        if folder.is_dir():
            shutil.copytree(folder, root / folder.name)
    return run.name


def test_samples_and_a_walk(client: Client, generator: str) -> None:
    path = f"/api/generate/{generator}"
    found = client.get(f"{path}/samples?label=4&count=3&seed=1").json()
    assert found["asked"] == ["4"] * 3
    assert base64.b64decode(found["images"][0]).startswith(b"\x89PNG")
    assert client.get(f"{path}/samples?label=4&count=3&seed=1").json() == found
    assert client.get(f"{path}/samples?label=4&count=3&seed=2").json() != found
    assert len(client.get(f"{path}/walk?steps=4").json()["images"]) == 4


def test_the_timeline(client: Client, generator: str) -> None:
    assert [one["name"] for one in client.get("/api/generate").json()["generators"]] == [generator]
    found = client.get(f"/api/generate/{generator}").json()
    assert [one["epoch"] for one in found["evaluations"]] == [1, 2]
    assert found["grids"] == [1, 2]
    assert found["kinds"] == 10
    assert found["takes_labels"]
    assert {one["name"] for one in found["alarms"]}
    grid = client.get(f"/api/generate/{generator}/grids/2")
    assert grid.content.startswith(b"\x89PNG")
    assert client.get("/generate").status == 200


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("samples?label=99", 409, "knows 0 to 9"),
        ("samples?count=1000", 422, "count"),
        ("samples?label=-1", 422, "label"),
        ("walk?steps=1", 422, "steps"),
        ("grids/77", 404, "no picture of evaluation 77"),
        ("grids/0", 422, "epoch"),
    ],
)
def test_what_cannot_be_had(
    client: Client, generator: str, path: str, status: int, reason: str
) -> None:
    found = client.get(f"/api/generate/{generator}/{path}")
    assert found.status == status
    assert reason in found.json()["error"]


def test_what_is_no_generator(client: Client, root: Path) -> None:
    other = list_runs(root)[0].name
    assert client.get(f"/api/generate/{other}").status == 409
    assert "generator" in client.get(f"/api/generate/{other}/samples").json()["error"]
    assert client.get("/api/generate/nothing").status == 404
    assert client.post("/api/generate", json_={"kind": "best"}).status == 422


@pytest.mark.browser
def test_samples_and_timeline_in_a_browser(
    browser: Browser, opened: Callable[[str], str], generator: str
) -> None:
    tab = browser.open(opened(f"/generate?run={generator}"))
    with tab.nothing_wrong():
        tab.wait("return document.querySelectorAll('#walk img').length === 10")
        first = tab.run("return document.querySelector('#samples img').src")
        tab.click("#another")
        tab.wait(f"return document.querySelector('#samples img').src !== {first!r}")
        assert tab.text("#epoch-value") == "2 of 2"
        tab.run("document.getElementById('epoch').focus()")
        tab.press("ArrowLeft")
        tab.wait("return document.getElementById('grid').src.endsWith('/grids/1')")
        assert tab.text("#epoch-value") == "1 of 2"
