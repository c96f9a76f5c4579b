"""Generators on scenes of one's own, and the classifier that judges them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glyphlab import Scene
from glyphlab._common.errors import RecipeError, UsageError
from glyphlab.metrics.generation import class_kl
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.recipes.reference import reference_recipe
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.evaluation.reference_classifier import ReferenceClassifier, load_reference


def judge_of(task: TaskRecipe, root: Path) -> ReferenceClassifier:
    return load_reference(train(reference_recipe(task), root, quiet=True))


pytestmark = pytest.mark.usefixtures("one_thread")

SIGNS = Scene.in_grid("signs", 2, 1, margin=(0, 6), rule="signed-sum", signs=(1, -1))
FEW = [
    "training.images=64",
    "training.precision=float32",
    "model.width=4",
    "evaluation.samples=100",
    "evaluation.epoch_samples=40",
]


def test_the_judge_reads_symbols_whatever_the_label_is(tmp_path: Path) -> None:
    task = TaskRecipe.of(SIGNS, images=600)
    recipe = reference_recipe(task)
    assert recipe.task.scene is not None
    assert (recipe.task.scene.rule, recipe.task.scene.signs) == ("digits", ())
    assert recipe.task.scene.positions == task.scene.positions  # type: ignore[union-attr]
    assert (recipe.task.images, recipe.task.labels, recipe.task.word) == (
        600,
        "shared",
        "signs.toml",
    )
    reference = judge_of(task, tmp_path)
    assert (reference.positions, reference.classes) == (2, 10)
    assert reference.accuracy > 0.3
    images = np.zeros((5, *SIGNS.canvas), np.uint8)
    assert reference(images).labels.shape == (5, 2)


@pytest.mark.parametrize(
    ("keys", "images", "per_label"),
    [
        ({}, 30_000, None), ({"images": 50}, 50, None), ({"images": 10**6}, 30_000, None),
        ({"per_label": 4}, None, 4), ({"per_label": 400}, None, 30),
        ({"without_glyph_reuse": True}, None, None),
    ],
)  # fmt: skip
def test_a_judge_is_trained_on_no_more_than_it_needs(
    keys: dict[str, int], images: int | None, per_label: int | None
) -> None:
    task = reference_recipe(TaskRecipe.of(SIGNS, **keys)).task
    assert (task.images, task.per_label) == (images, per_label)


def test_more_labels_than_anybody_counts(tmp_path: Path) -> None:
    row = TaskRecipe.of(Scene.in_grid("row", 1, 7), images=60, generalization_grid=0)
    run = train(generator_recipe("composed", row, overrides=FEW), tmp_path, quiet=True)
    judged = run.generator_summary.scores
    assert judged.modes_possible == 10**7
    assert 1 <= judged.modes <= 100
    assert judged.samples_unseen == 100
    # of 100 samples of as many kinds: the logarithm of how many more there might have been
    most = np.log(1e7)
    assert most - np.log(100) - 1e-9 <= judged.class_kl <= most + 1e-9


def test_the_divergence_of_what_is_there_is_that_of_all() -> None:
    seen = np.array([3, 0, 5, 0, 2])
    assert class_kl(seen[seen > 0], np.full(3, 1 / 5)) == class_kl(seen)


def test_what_a_scene_is_generated_by(tmp_path: Path) -> None:
    file = tmp_path / "row.toml"
    file.write_text("columns = 2")
    task = task_recipe(str(file))
    assert (task.data, task.generalization_grid, task.name, task.word) == (
        "mnist",
        0,
        "row",
        str(file),
    )
    assert task_recipe(str(file), "digits").data == "digits"
    one = TaskRecipe.of(Scene.in_grid("one", 1, 1), images=40, generalization_grid=0)
    with pytest.raises(UsageError, match="'composed' is for images of several symbols"):
        generator_recipe("composed", one)
    run = train(generator_recipe("small", one, overrides=FEW), tmp_path, quiet=True)
    assert run.generator_summary.scores.modes_possible == 10
    steps = TaskRecipe.of(Scene("steps", 2, (56, 60), (28, 28), (0, 32), (0, 28)), images=20)
    for name in ("composed", "whole"):
        few = [one for one in FEW if not (name == "whole" and "width" in one)]
        with pytest.raises(RecipeError, match="do not stand in a grid"):
            train(generator_recipe(name, steps, overrides=few), tmp_path, quiet=True)
    assert not list(tmp_path.glob("steps-*"))


@pytest.mark.parametrize("name", ["strip", "whole", "canvas", "stacked"])
def test_the_other_generators_of_several_symbols(name: str, tmp_path: Path) -> None:
    task = TaskRecipe.of(Scene.in_grid("grid", 2, 2), images=60, generalization_grid=0)
    ours = name in ("whole", "stacked")
    changes = [*FEW, *([] if ours else ["training.generator_batch_size=16"])]
    if not ours:
        changes.remove("model.width=4")
    run = train(generator_recipe(name, task, overrides=changes), tmp_path, quiet=True)
    assert run.load_predictions()["samples"].shape[1:] == (56, 56)
