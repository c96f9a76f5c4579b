"""The list of runs, and one run: as a client sees them, and live in Chromium."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from asgi_client import Client
from browser import Browser
from glyphlab.runs import list_runs

TINY = {
    "name": "tiny",
    "task": {"name": "single", "generalization_grid": 0},
    "model": {"strategy": "multihead", "channels": 16},
    "training": {"epochs": 60, "precision": "float32", "augment": "none"},
}


def test_every_run_is_listed(client: Client, root: Path) -> None:
    found = client.get("/api/runs").json()["runs"]
    assert [run["name"] for run in found] == [info.name for info in list_runs(root)]
    assert {run["state"] for run in found} == {"done"}
    page = client.get("/runs")
    assert page.status == 200
    assert all(run["name"] in page.text for run in found)


def test_one_run_and_its_page(client: Client, root: Path) -> None:
    name = list_runs(root)[0].name
    document = client.get(f"/api/runs/{name}").json()
    kept = json.loads((root / name / "recipe.json").read_text(encoding="utf-8"))
    assert {"schema": kept["schema"], **document["recipe"]} == kept
    assert len(document["epochs"]) == document["run"]["epochs"]
    assert client.get(f"/runs/{name}").status == 200
    page = client.get(f"/runs/{name}/page")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.browser
def test_a_training_is_followed_stopped_and_resumed(
    browser: Browser, opened: Callable[[str], str]
) -> None:
    tab = browser.open(opened("/runs"))
    with tab.nothing_wrong():
        name = tab.run(
            f"const made = await fetch('/api/runs', {{method: 'POST', headers: "
            f"{{'content-type': 'application/json'}}, body: "
            f"JSON.stringify({{recipe: {json.dumps(TINY)}}})}}); return (await made.json()).run"
        )
        tab.wait(f"return document.querySelector('tr[data-run=\"{name}\"] .state.running')")
        tab.click(f'tr[data-run="{name}"] a')
        tab.wait("return document.querySelectorAll('#curves polyline').length >= 2", 60)
        tab.click("#actions button")
        tab.wait("return document.getElementById('state').textContent === 'interrupted'")
        before = int(tab.run("return document.querySelectorAll('#curves tbody tr').length / 2"))
        assert 1 <= before < 60
        tab.click("#actions button.main")
        tab.wait("return document.querySelector('#state.done')", 120)
