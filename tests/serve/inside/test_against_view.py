"""Two runs on the same test images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asgi_client import Client
from glyphlab.metrics import compare_pair
from glyphlab.runs import Run, glyphs_of
from small_runs import like


@pytest.fixture
def pair(root: Path) -> tuple[Run, Run]:
    digits = Run.load(next(root.glob("single-digits-*")))
    wrong = np.flatnonzero(~digits.correct)
    return digits, like(digits, root, "other", 0, [*wrong[:2], 5, 8, 13])


def test_counts_and_difference(client: Client, pair: tuple[Run, Run]) -> None:
    first, second = pair
    found = client.get(f"/api/inside/{first.name}/against?other={second.name}").json()
    a, b = first.correct, second.correct
    counts = {"both": a & b, "first": a & ~b, "second": ~a & b, "neither": ~a & ~b}
    assert found["counts"] == {which: int(rows.sum()) for which, rows in counts.items()}
    expected = compare_pair(a[None], b[None], glyphs_of(first))
    said = found["difference"]
    for key in ("difference", "low", "high"):
        assert said[key] == pytest.approx(getattr(expected, key))
    assert said["verdict"] == "one seed"
    assert found["over_seeds"] is None
    assert "one training each" in found["remark"]
    assert second.name in client.get(f"/inside/{first.name}/against").text


def test_other_seeds_are_counted_in(client: Client, root: Path, pair: tuple[Run, Run]) -> None:
    first, second = pair
    more = like(first, root, "other", 1, [5, 9])
    found = client.get(f"/api/inside/{first.name}/against?other={second.name}").json()
    assert found["over_seeds"]["seeds"] == [1, 2]
    assert found["over_seeds"]["verdict"] == "one seed"  # of the first
    alike = client.get(f"/api/inside/{second.name}/against?other={more.name}").json()
    assert alike["over_seeds"] is None
    assert "the seed alone" in alike["remark"]


@pytest.mark.parametrize("which", ["both", "first", "second", "neither"])
def test_images_of_each_kind(client: Client, pair: tuple[Run, Run], which: str) -> None:
    first, second = pair
    path = f"/api/inside/{first.name}/against/images?other={second.name}&which={which}"
    found = client.get(path).json()
    assert found["count"] == len(found["ids"])
    for image in found["images"]:
        row = image["image"]
        right = (image["first_right"], image["second_right"])
        assert right == (bool(first.correct[row]), bool(second.correct[row]))
        assert right == {"both": (True, True), "first": (True, False), "second": (False, True),
                         "neither": (False, False)}[which]  # fmt: skip
        assert image["first"] == str(first.load_predictions()["pred"][row, 0])
        assert image["picture"].startswith("data:image/png;base64,")


def test_what_cannot_be_compared(client: Client, root: Path, pair: tuple[Run, Run]) -> None:
    first, _ = pair
    triples = next(root.glob("triple-*")).name
    path = f"/api/inside/{first.name}/against"
    for other, status, said in (
        (triples, 409, "different test images"), (first.name, 422, "two different runs"),
        ("nothing", 404, "unknown run"),
    ):  # fmt: skip
        answer = client.get(f"{path}?other={other}")
        assert answer.status == status
        assert said in answer.json()["error"]
    assert client.get(path).status == 422
