"""The training accuracy on every image, also where a run counted it on some."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab.recipes import Recipe
from glyphlab.reproductions.core.measured.training_scores import score_on_training
from glyphlab.tasks import load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.trainers import sklearn_fit

SOME = 300
TASK = TaskRecipe(name="single", generalization_grid=0)


def test_all_images_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = load_recipe_task(TASK)
    settings = ["model.classical.n_estimators=3", "model.classical.max_depth=4"]
    recipe = Recipe.for_model("forest", TASK, overrides=settings)
    whole = train(recipe, tmp_path / "whole", quiet=True).classifier_summary
    assert whole.train_accuracy_items == len(task.train)
    monkeypatch.setattr(sklearn_fit, "SCORED", SOME)
    run = train(recipe, tmp_path / "some", quiet=True)
    summary = run.classifier_summary
    assert summary.train_accuracy_items == SOME
    assert summary.train_accuracy != whole.train_accuracy
    assert score_on_training(run, task) == (whole.train_accuracy, len(task.train))


def test_a_run_on_fewer_images_counts_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sklearn_fit, "SCORED", SOME)
    settings = ["model.classical.n_estimators=3", "task.train_images=500"]
    run = train(Recipe.for_model("forest", TASK, overrides=settings), tmp_path, quiet=True)
    score, items = score_on_training(run, load_recipe_task(TASK))
    assert items == 500
    assert score > 0.9
