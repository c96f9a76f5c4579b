"""The page of one run: its document, what is done to it, and a training followed in Chromium."""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from asgi_client import Client
from axe import violations
from browser import Browser
from glyphlab.runs import Run, list_runs, remove_run
from glyphlab.runs.followed.wishes import hide
from glyphlab.serve.jobs.child_processes import ChildProcesses

LIVE = {
    "name": "live",
    "task": {"name": "single", "generalization_grid": 0},
    "model": {"strategy": "multihead", "channels": 16},
    "training": {"epochs": 30, "precision": "float32", "augment": "none"},
}


@pytest.fixture
def name(root: Path) -> str:
    return list_runs(root)[0].name


def test_one_run_and_its_page(client: Client, root: Path, name: str) -> None:
    document = client.get(f"/api/runs/{name}").json()
    kept = json.loads((root / name / "recipe.json").read_text(encoding="utf-8"))
    assert {"schema": kept["schema"], **document["recipe"]} == kept
    assert document["epochs"] == Run.load(root / name).metrics()
    assert client.get(f"/runs/{name}").status == 200
    page = client.get(f"/runs/{name}/page")
    assert page.status == 200
    assert page.text.startswith("<!DOCTYPE html>")
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_recipe_is_shown_as_it_is_written(client: Client, root: Path, name: str) -> None:
    path = root / name / "recipe.json"
    recipe = json.loads(path.read_text(encoding="utf-8"))
    recipe["task"]["data"] = "cats & <dogs> 'é'"
    path.write_text(json.dumps(recipe), encoding="utf-8")
    text = client.get(f"/runs/{name}").text
    shown = text.partition("<summary>Recipe</summary><pre>")[2].partition("</pre>")[0]
    assert "cats &amp; &lt;dogs&gt; &#39;é&#39;" in shown
    assert json.loads(html.unescape(shown))["task"]["data"] == "cats & <dogs> 'é'"


def test_a_finished_run_is_told_at_once(client: Client, name: str) -> None:
    found = client.get(f"/api/runs/{name}/events").text
    epochs = len(client.get(f"/api/runs/{name}").json()["epochs"])
    assert found.count("event: epoch") == epochs
    assert '"state":"done"' in found
    later = client.get(f"/api/runs/{name}/events", headers={"last-event-id": str(epochs - 1)})
    assert later.text.count("event: epoch") == 1


def test_a_run_is_hidden_shown_and_deleted(client: Client, root: Path, name: str) -> None:
    assert client.post(f"/api/runs/{name}/hide", json_={}).json()["done"] == "hidden"
    assert client.get(f"/api/runs/{name}").json()["run"]["hidden"]
    client.post(f"/api/runs/{name}/hide", json_={"hidden": False})
    assert not client.get(f"/api/runs/{name}").json()["run"]["hidden"]
    assert client.delete(f"/api/runs/{name}").status == 200
    assert not (root / name).exists()
    assert client.get(f"/runs/{name}").status == 404
    assert client.delete(f"/api/runs/{name}").status == 404


def test_a_run_that_is_written_is_not_deleted(client: Client, root: Path, name: str) -> None:
    with Run.load(root / name).lock():
        found = client.delete(f"/api/runs/{name}")
    assert found.status == 409
    assert "in use" in found.json()["error"]
    assert (root / name).exists()


def test_run_again_with_one_change(
    client: Client, root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChildProcesses, "look_after", lambda _self: None)  # nothing is trained
    found = client.post(f"/api/runs/{name}/again", json_={"changes": ["training.epochs=2"]})
    made = found.json()["run"]
    recipe = json.loads((root / made / "recipe.json").read_text(encoding="utf-8"))
    assert recipe["training"]["epochs"] == 2
    assert client.get(f"/api/runs/{made}").json()["run"]["state"] == "waiting"
    stopped = client.post(f"/api/runs/{made}/stop", json_={})
    assert stopped.status == 200
    assert client.get(f"/api/runs/{made}").json()["run"]["state"] == "interrupted"
    wrong = client.post(f"/api/runs/{name}/again", json_={"changes": ["training.epoch=2"]})
    assert wrong.status == 422
    assert "training.epochs" in wrong.json()["error"]


def test_a_recipe_names_no_path(client: Client, root: Path) -> None:
    before = sorted(root.iterdir())
    for task in ({"name": "/etc"}, {"name": "single", "data": "/etc/passwd"}):
        found = client.post("/api/runs", json_={"recipe": {"task": task}})
        assert found.status == 404
    assert sorted(root.iterdir()) == before


@pytest.mark.browser
@pytest.mark.long
def test_a_training_is_followed_in_two_tabs_stopped_and_resumed(
    browser: Browser, opened: Callable[[str], str], root: Path
) -> None:
    listed, second, tab = (browser.open(opened("/runs")) for _ in range(3))
    with tab.nothing_wrong(), second.nothing_wrong(), listed.nothing_wrong():
        name = tab.run(
            f"const json = {json.dumps({'recipe': LIVE})};"
            "const {ask} = await import('/static/asking.js');"
            "return (await ask('/api/runs', {method: 'POST', json})).run"
        )
        tab.wait(f"return document.querySelector('tr[data-run=\"{name}\"]')")
        tab.click(f'tr[data-run="{name}"] a')
        curves = "return document.querySelectorAll('#curves polyline').length >= 2"
        tab.wait(curves, 90)
        second.front()
        second.go(opened(f"/runs/{name}"))
        second.wait(curves)
        tab.front()
        tab.click("#actions button")
        stopped = "return document.getElementById('state').textContent === 'interrupted'"
        tab.wait(stopped, 60)
        rows = Run(root / name, {}).metrics()
        assert 1 <= len(rows) < 30
        second.front()
        second.wait(stopped)
        assert "Resume" in second.text("#actions")
        listed.front()
        listed.wait(f"return document.querySelector('tr[data-run=\"{name}\"] .interrupted')")
        tab.front()
        tab.wait("return document.querySelector('#actions button.main')")
        assert violations(tab) == []
        tab.click("#actions button.main")
        tab.wait("return document.querySelector('#state.done')", 120)
        assert Run.load(root / name).metrics()[: len(rows)] == rows
        for other, done in ((second, "#state.done"), (listed, f'tr[data-run="{name}"] .done')):
            other.front()
            other.wait(f"return document.querySelector({done!r})")


@pytest.mark.browser
def test_a_run_that_is_removed_while_it_is_shown(
    browser: Browser, opened: Callable[[str], str], root: Path, name: str
) -> None:
    (root / name / "done").unlink()
    away, tab = (browser.open(opened(f"/runs/{name}")) for _ in range(2))
    removed = "return document.getElementById('state').textContent === 'removed'"
    with tab.nothing_wrong():
        hide(root / name, hidden=True)
        tab.wait("return document.getElementById('actions').textContent.includes('Show in lists')")
        remove_run(root / name)
        tab.wait(removed)
        assert "It was removed" in tab.text("#progress")
        assert tab.text("#actions") == ""
    # a tab that nobody saw asks once it is seen
    away.front()
    away.wait(removed)


@pytest.mark.browser
def test_a_chart_is_saved_and_has_its_table(
    browser: Browser, opened: Callable[[str], str], name: str
) -> None:
    tab = browser.open(opened(f"/runs/{name}"))
    with tab.nothing_wrong():
        tab.wait("return document.querySelector('#curves svg')")
        svg, csv, png = tab.run(
            "const {standalone, asPng} = await import('/static/saving.js');"
            "const svg = standalone(document.querySelector('#curves svg'));"
            "const png = await asPng(svg);"
            "const saved = [];"
            "URL.createObjectURL = (blob) => (saved.push(blob), 'blob:nothing');"
            "HTMLAnchorElement.prototype.click = () => {};"
            "[...document.querySelectorAll('#curves .savers button')].at(2).click();"
            "await new Promise((resolve) => setTimeout(resolve, 100));"
            "const bytes = new Uint8Array(await png.arrayBuffer());"
            "return [svg, await saved[0].text(), btoa(String.fromCharCode(...bytes))];"
        )
        assert svg.startswith("<svg")
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"))
        assert pixels.shape[:2] == (520, 1120)
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20
        assert "var(--" not in svg
        assert csv.splitlines()[0] == "epoch,training,validation"
        rows = int(tab.run("return document.querySelectorAll('#curves tbody')[0].rows.length"))
        assert len(csv.splitlines()) == rows + 1
        tab.wait(
            "const inner = document.querySelector('iframe').contentDocument;"
            "return inner.querySelectorAll('figure .savers').length > 2"
        )
        assert violations(tab) == []
