"""Maps of test images: kept, followed, and selected on in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asgi_client import Client
from browser import Browser
from glyphlab._common.untrusted.gray_images import gray_pixels
from glyphlab.runs import Run
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.inside import kept_maps
from glyphlab.tasks import load_task

pytest.importorskip("openTSNE")
ASKED = "images=60&perplexity=5"


@pytest.fixture
def run(root: Path) -> Run:
    return Run.load(next(root.glob("single-digits-*")))


def test_a_map_of_test_images(client: Client, run: Run) -> None:
    arrays, test = run.load_predictions(), load_task("single").test
    found = client.get(f"/api/inside/{run.name}/map?{ASKED}").json()
    assert found["layer"] == "trunk"
    assert len(found["points"]) == 60
    assert found["labels"] == sorted(found["labels"])
    for point in found["points"]:
        row = point["image"]
        assert point["label"] == str(arrays["true"][row, 0])
        assert point["predicted"] == str(arrays["pred"][row, 0])
        assert point["right"] == bool(run.correct[row])
        assert point["glyphs"] == test.glyph_ids[row].tolist()
        assert -1 <= point["x"] <= 1
        assert -1 <= point["y"] <= 1
    sheet = gray_pixels(client.get(f"/api/inside/{run.name}/map/sheet?{ASKED}").content, "").pixels
    size, k = found["sheet"], 17
    top, left = (k // size["columns"]) * size["height"], (k % size["columns"]) * size["width"]
    tile = sheet[top : top + size["height"], left : left + size["width"]]
    np.testing.assert_array_equal(tile, test.images[found["points"][k]["image"]])
    assert "trunk" in client.get(f"/inside/{run.name}/map").text


def test_a_map_is_made_once(
    client: Client, studio: Studio, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    embed = kept_maps.embed

    def listened(*given: object, on_progress: Callable[[str], None], **more: object) -> object:
        def say(sentence: str) -> None:
            on_progress(sentence)
            (event,) = followed.more()
            said.append(event.data["sentence"])

        return embed(*given, on_progress=say, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_maps, "embed", listened)
    followed = kept_maps.FollowedMap(studio, (run.name, "input", 5.0, 60))
    first = client.get(f"/api/inside/{run.name}/map?{ASKED}&layer=input")
    assert any(sentence.startswith("placing 60 images") for sentence in said)
    monkeypatch.delattr(kept_maps, "embed")
    assert client.get(f"/api/inside/{run.name}/map?{ASKED}&layer=input").json() == first.json()
    (event,) = followed.more()
    assert event.data == {"sentence": ""}


def test_maps_that_there_are_not(client: Client, root: Path, run: Run) -> None:
    path = f"/api/inside/{run.name}/map"
    unknown = client.get(f"{path}?layer=trnk")
    assert unknown.status == 404
    assert "did you mean 'trunk'" in unknown.json()["error"]
    large = client.get(f"{path}?images=20&perplexity=30")
    assert large.status == 422
    assert "perplexity 30" in large.json()["error"]
    assert client.get(f"{path}?images=100000").status == 422
    shutil.rmtree(root / run.name)
    assert client.get(path).status == 404


@pytest.mark.browser
def test_images_are_selected(browser: Browser, opened: Callable[[str], str], run: Run) -> None:
    tab = browser.open(opened(f"/inside/{run.name}/map"))
    with tab.nothing_wrong():
        tab.run("location.hash = 'count=250&perplexity=10&made=1'")  # as a link has it
        tab.wait("return document.querySelectorAll('.points text').length === 250", 90)
        tab.draw("svg.points", [(0.01, 0.01), (0.5, 0.6), (0.99, 0.99)])
        tab.wait("return document.getElementById('picked').textContent.startsWith('250 images')")
        tab.press("Escape")
        assert tab.text("#picked") == "Nothing is selected."
        tab.press("ArrowRight")
        tab.press(" ")
        tab.press("ArrowUp", shift=True)
        tab.wait("return document.querySelectorAll('.picked-images li').length === 2")
        assert "Label" in tab.text(".panel")
        saved = tab.run(
            "let text; const make = URL.createObjectURL;"
            "URL.createObjectURL = (blob) => { text = blob.text(); return make(blob); };"
            "document.getElementById('save-ids').click(); return await text;"
        )
        head, *rows = saved.strip().split("\r\n")
        assert head.startswith("image,glyphs,label,predicted")
        assert len(rows) == 2
        true = run.load_predictions()["true"][:, 0]
        for row in rows:
            image, _, label, *_ = row.split(",")
            assert int(label) == true[int(image)]
