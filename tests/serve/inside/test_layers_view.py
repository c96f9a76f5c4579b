"""What the layers of a net make of one image."""

from __future__ import annotations

import base64
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asgi_client import Client
from glyphlab._common.untrusted.gray_images import gray_pixels
from glyphlab.models.nets.activations import activations
from glyphlab.runs import Run
from glyphlab.serve.app.studio import Studio
from glyphlab.tasks import load_task
from glyphlab.training.evaluation.loaded_models import load_net
from small_runs import classical_run
from trained_generator import tiny_generator


def test_layers_of_an_image(client: Client, root: Path) -> None:
    run = Run.load(next(root.glob("single-digits-*")))
    found = client.get(f"/api/inside/{run.name}/layers?image=7").json()
    assert found["parts"] == 1
    assert found["image"]["image"] == 7
    by_name = {layer["name"]: layer for layer in found["layers"]}
    assert list(by_name)[:3] == ["trunk.0.conv", "trunk.0.norm", "trunk.0"]
    assert by_name["trunk.0.conv"]["within"] == "trunk.0"
    image = load_task("single").test.images[7:8]
    for name in ("trunk.0", "trunk.3"):
        layer = by_name[name]
        values = activations(load_net(run), name, image).reshape(
            layer["count"], layer["height"], layer["width"]
        )
        np.testing.assert_allclose(layer["means"][0], values.mean((1, 2)), atol=1e-4)
        assert layer["highest"] == pytest.approx(float(values.max()), rel=1e-5)
        sheet = gray_pixels(base64.b64decode(layer["sheets"][0].split(",")[1]), name).pixels
        first = sheet[: layer["height"], : layer["width"]]
        np.testing.assert_allclose(first, values[0] / values.max() * 255, atol=0.51)
    out = by_name["out"]
    assert (out["kind"], out["count"]) == ("units", 10)
    assert np.argmax(out["means"][0]) == int(found["image"]["predicted"])
    assert client.get(f"/inside/{run.name}/layers").status == 200


def test_a_net_of_several_parts_has_a_sheet_for_each(client: Client, root: Path) -> None:
    run = next(root.glob("triple-*")).name
    found = client.get(f"/api/inside/{run}/layers?image=0").json()
    assert found["parts"] == 3
    assert {len(layer["sheets"]) for layer in found["layers"]} == {3}


def test_what_has_no_layers(client: Client, root: Path) -> None:
    run = next(root.glob("single-digits-*")).name
    far = client.get(f"/api/inside/{run}/layers?image=99999")
    assert far.status == 422
    assert "0 to 358" in far.json()["error"]
    classical = classical_run()
    shutil.copytree(classical.path, root / classical.name)
    for path in ("layers?image=0", "map"):
        answer = client.get(f"/api/inside/{classical.name}/{path}")
        assert answer.status == 422
        assert "no layers" in answer.json()["error"]
    assert client.get(f"/inside/{classical.name}/layers").status == 422
    assert client.get(f"/api/inside/{classical.name}/confusion").status == 200


def _views(client: Client, path: str) -> list[str]:
    page = client.get(path)
    assert page.status == 200
    nav = page.text.partition('aria-label="Views of this run"')[2].partition("</nav>")[0]
    return re.findall(r">([^<>]+)</a>", nav)


def test_a_run_offers_the_views_that_it_has(client: Client, root: Path, studio: Studio) -> None:
    classical, generator = classical_run(), tiny_generator()
    for run in (classical, generator):
        shutil.copytree(run.path, root / run.name)
    net = next(root.glob("single-digits-*")).name
    every = ["Confusions", "Two models", "Layers", "Map", "Its page"]
    assert _views(client, f"/inside/{net}") == every
    assert _views(client, f"/inside/{classical.name}") == ["Confusions", "Two models", "Its page"]
    listed = client.get("/inside").text
    assert f"/inside/{classical.name}/against" in listed
    assert f"/inside/{classical.name}/layers" not in listed
    assert f"/inside/{classical.name}/map" not in listed
    assert _views(client, f"/inside/{generator.name}/map") == ["Map", "Its page"]
    studio.settings = replace(studio.settings, embedded=root / net)  # which is no run of the folder
    assert _views(client, f"/inside/{net}/layers") == every[:-1]
