"""Confused labels: counts, the images of a cell, and both in Chromium."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asgi_client import Client
from browser import Browser
from glyphlab._common.untrusted.gray_images import gray_pixels
from glyphlab.runs import Run
from glyphlab.serve.inside.gallery_images import PAGE
from glyphlab.tasks import load_task
from small_runs import sums_run
from streamed import counted_rows
from trained import shards_run


@pytest.fixture
def digits(root: Path) -> Run:
    return Run.load(next(root.glob("single-digits-*")))


@pytest.fixture
def triples(root: Path) -> Run:
    return Run.load(next(root.glob("triple-*")))


def picture_of(image: dict[str, object]) -> np.ndarray:
    _, content = str(image["picture"]).split(",", 1)
    return gray_pixels(base64.b64decode(content), "picture").pixels


def test_a_matrix_counts_every_image(client: Client, digits: Run) -> None:
    arrays = digits.load_predictions()
    found = client.get(f"/api/inside/{digits.name}/confusion").json()
    counts = np.array(found["counts"])
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (arrays["true"][:, 0], arrays["pred"][:, 0]), 1)
    np.testing.assert_array_equal(counts, expected)
    assert found["wrong"] == (arrays["true"] != arrays["pred"]).sum() > 0
    assert found["counted"] == found["images"] == len(arrays["true"])
    pairs = found["pairs"]
    assert sum(pair["count"] for pair in pairs) == found["wrong"]
    assert pairs[0]["count"] == max(pair["count"] for pair in pairs)
    assert client.get("/inside").text.count(digits.name) > 3
    assert client.get(f"/inside/{digits.name}").status == 200


def test_positions_are_counted_one_by_one_and_together(client: Client, triples: Run) -> None:
    path = f"/api/inside/{triples.name}/confusion"
    each = [np.array(client.get(f"{path}?position={k}").json()["counts"]) for k in (1, 2, 3)]
    together = client.get(path).json()
    np.testing.assert_array_equal(np.sum(each, 0), together["counts"])
    assert together["counted"] == 3 * together["images"]
    answer = client.get(f"{path}?position=4")
    assert answer.status == 422
    assert "1 to 3" in answer.json()["error"]


def test_labels_that_are_numbers_have_their_own_values(client: Client, root: Path) -> None:
    run = sums_run()
    shutil.copytree(run.path, root / run.name)
    found = client.get(f"/api/inside/{run.name}/confusion").json()
    values = [int(one) for one in found["values"]]
    assert values == sorted(values)
    assert max(values) > 9
    assert found["names"] == found["values"]
    pair = found["pairs"][0]
    query = f"true={pair['true']}&predicted={pair['predicted']}"
    cell = client.get(f"/api/inside/{run.name}/cell?{query}").json()
    assert cell["count"] == pair["count"]
    assert {image["true"] for image in cell["images"]} == {pair["true"]}


def test_images_of_a_cell_are_those_of_the_test_set(client: Client, digits: Run) -> None:
    arrays, test = digits.load_predictions(), load_task("single").test
    path = f"/api/inside/{digits.name}/cell"
    right = np.flatnonzero((arrays["true"] == 3).all(1) & (arrays["pred"] == 3).all(1))
    found = client.get(f"{path}?true=3&predicted=3").json()
    assert sorted(found["ids"]) == right.tolist()
    assert found["count"] == len(right) <= PAGE
    sure = [image["confidence"] for image in found["images"]]
    assert sure == sorted(sure)
    for image in found["images"][:3]:
        np.testing.assert_array_equal(picture_of(image), test.images[image["image"]])
        assert image["glyphs"] == test.glyph_ids[image["image"]].tolist()
    rest = client.get(f"{path}?true=3&predicted=3&start=5").json()
    assert rest["images"] == found["images"][5:]
    assert client.get(f"{path}?true=3&predicted=x").status == 422
    wrong = client.get(f"/api/inside/{digits.name}/confusion").json()["pairs"][0]
    cell = client.get(f"{path}?true={wrong['true']}&predicted={wrong['predicted']}").json()
    assert cell["count"] == wrong["count"]
    assert not any(image["right"] for image in cell["images"])


def test_a_run_that_cannot_be_shown_says_why(client: Client, root: Path, digits: Run) -> None:
    path = f"/api/inside/{digits.name}/cell?true=3&predicted=3"
    assert client.get(path).status == 200
    summary = json.loads((digits.path / "summary.json").read_text(encoding="utf-8"))
    summary["test_set"]["digest"] = "0" * 16
    (digits.path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    changed = client.get(path)
    assert changed.status == 409
    assert "are others now" in changed.json()["error"]
    (digits.path / "done").unlink()
    unfinished = client.get(path)
    assert unfinished.status == 409
    assert "resume it" in unfinished.json()["error"]
    assert client.get(f"/inside/{digits.name}").status == 409
    with digits.lock():
        assert "still being trained" in client.get(path).json()["error"]
    shutil.rmtree(root / digits.name)
    gone = client.get(path)
    assert gone.status == 404
    assert "Traceback" not in gone.text
    assert client.get("/inside").status == 200


@pytest.mark.browser
def test_a_cell_is_clicked(browser: Browser, opened: Callable[[str], str], digits: Run) -> None:
    arrays = digits.load_predictions()
    wrong = np.flatnonzero(arrays["true"][:, 0] != arrays["pred"][:, 0])[0]
    k, m = int(arrays["true"][wrong, 0]), int(arrays["pred"][wrong, 0])
    tab = browser.open(opened(f"/inside/{digits.name}"))
    with tab.nothing_wrong():
        tab.click('.cell[data-true="7"][data-predicted="7"]')
        tab.wait("return document.querySelectorAll('#images img').length > 5")
        assert tab.text("#cell-title") == "7 predicted correctly"
        assert "true=7&predicted=7" in tab.run("return location.hash")
        tab.run(f'document.querySelector(\'.cell[data-true="{k}"][data-predicted="{k}"]\').focus()')
        tab.press("ArrowRight" if m > k else "ArrowLeft")
        tab.press("Enter")
        start = f"textContent.startsWith('{k} predicted as')"
        tab.wait(f"return document.getElementById('cell-title').{start}")
        tab.run("document.querySelector('#matrix details').open = true")
        tab.click("#pairs button")
        tab.wait("return document.querySelector('#cell-title').textContent.includes(' as ')")
        tab.click("#images a")
        tab.wait("return document.querySelectorAll('.layer').length > 3")


@pytest.mark.browser
def test_all_positions_together_are_counted_in_symbols(
    browser: Browser, opened: Callable[[str], str], triples: Run
) -> None:
    tab = browser.open(opened(f"/inside/{triples.name}"))
    heads = "return [...document.querySelectorAll('#pairs thead')].map((one) => one.textContent)"
    with tab.nothing_wrong():
        tab.wait("return document.querySelector('#pairs thead')")
        assert "true → predictedsymbols" in tab.run(heads)
        tab.run("const one = document.querySelector('#position'); one.value = '1';"
                "one.dispatchEvent(new Event('change'))")  # fmt: skip
        tab.wait(f"{heads}.every((one) => one === 'true → predictedimages')")


def test_images_of_shards_are_read_when_they_are_shown(
    client: Client, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shards_run()
    shutil.copytree(run.path, root / run.name)
    counted_rows(monkeypatch)
    counts = client.get(f"/api/inside/{run.name}/confusion?position=1").json()
    true, predicted = next(
        (counts["values"][a], counts["values"][b])
        for a, row in enumerate(counts["counts"]) for b, count in enumerate(row) if count
    )  # fmt: skip
    asked = f"/api/inside/{run.name}/cell?position=1&true={true}&predicted={predicted}"
    found = client.get(asked).json()
    assert found["count"] == len(found["ids"]) > 0
    assert found["images"][0]["picture"]
