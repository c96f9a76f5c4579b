"""A finished run on the images of tasks that are read or drawn a batch at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glyphlab.experiments.evaluations.other_images import BATCH, evaluate
from glyphlab.recipes import Recipe
from glyphlab.tasks import load_task
from glyphlab.tasks.streams.resident import resident_task
from glyphlab.training import train
from glyphlab.training.evaluation.predict import predict
from streamed import counted_rows
from trained import shards_run, triples_run

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def without_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings of unlike images have tests of their own."""
    monkeypatch.setattr(
        "glyphlab.training.evaluation.picture_reader.familiarity_with", lambda *_, **__: None
    )


def test_shards_are_scored_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    run = shards_run()
    folder = run.recipe["task"]["name"]
    there = resident_task(load_task("triple", per_label=4, stream=True))
    expected = evaluate(run, there, quiet=True).to_json()
    asked = counted_rows(monkeypatch)
    found = evaluate(run, folder, quiet=True).to_json()
    for key in ("rows", "calibration_error"):
        assert found[key] == expected[key]
    few = evaluate(run, folder, images=40, quiet=True).to_json()
    assert few["rows"][0]["images"] == 40
    assert len(there.test) > 3 * BATCH
    assert max(asked) < len(there.test)


def test_a_scene_is_drawn_a_batch_at_a_time_and_its_training_images_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = counted_rows(monkeypatch)
    found = evaluate(triples_run(), "triple", quiet=True)
    test = found.to_json()["rows"][0]["images"]
    # once for the digest, once for the answers, and the most confident errors by themselves
    assert sum(asked) == 2 * test + len(found.errors)


def test_pictures_of_shards_are_read_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    run = shards_run()
    folder = Path(run.recipe["task"]["name"])
    asked = counted_rows(monkeypatch)
    found = predict(run, [folder / "test"], as_is=True, warnings=False)
    predicted = run.load_predictions()["pred"]
    assert [one["symbols"] for one in found] == predicted.tolist()
    assert [found[0]["path"], found[-1]["path"]] == [
        f"{folder / 'test'} 1", f"{folder / 'test'} {len(predicted)}"
    ]  # fmt: skip
    assert sum(asked) == len(predicted)


def test_labels_below_zero_are_numbers_and_no_classes(tmp_path: Path) -> None:
    recipe = Recipe.from_mapping(
        {
            "name": "nearest",
            "task": {"name": "difference", "images": 200, "generalization_grid": 0},
            "model": {"strategy": "whole", "net": "classical", "classical": {"name": "knn"}},
        }
    )
    run = train(recipe, tmp_path, quiet=True)
    found = evaluate(run, "difference", quiet=True).to_json()
    assert found["confusion"] is None
    labels = load_task("difference", images=200).test.labels
    assert labels.min() < 0
    counted = {row["class"]: row["images"] for row in found["per_class"] if row["images"]}
    assert counted == {str(one): int((labels == one).sum()) for one in np.unique(labels)}
