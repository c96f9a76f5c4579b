"""The best of kept weights, on a generator that was trained for a moment."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from glyphlab._common.errors import RunError
from glyphlab.recipes import reference
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.reproductions.core.generator_measures import best_kept_nearer
from glyphlab.reproductions.core.measured.kept_weights import last_above_best_kept
from glyphlab.runs import Run
from glyphlab.tasks import load_recipe_task
from glyphlab.training import train
from glyphlab.training.evaluation.generate import kept_epochs, load_generator

pytestmark = pytest.mark.usefixtures("one_thread")

CHANGES = [
    "training.images=96", "training.batch_size=32", "training.epoch_images=32",
    "training.precision=float32", "model.width=4", "model.latent=4", "model.conditional=false",
    "training.auxiliary=0", "evaluation.samples=60", "evaluation.epoch_samples=50",
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """A run that keeps its weights, and the same without."""
    root = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "PER_LABEL", 1)
        recipe = generator_recipe("small", task_recipe("digits"), overrides=CHANGES)
        keeps = generator_recipe(
            "small", task_recipe("digits"), overrides=[*CHANGES, "evaluation.keep_weights=true"]
        )
        return train(keeps, root, quiet=True), train(recipe, root, quiet=True)


def test_weights_are_kept_at_every_evaluation_and_change_nothing(runs: tuple[Run, Run]) -> None:
    keeps, plain = runs
    assert kept_epochs(keeps) == [1, 2, 3]
    assert kept_epochs(plain) == []
    assert keeps.path.name != plain.path.name
    ends = [one.load_tensors("model.safetensors") for one in runs]
    assert all(torch.equal(value, ends[1][name]) for name, value in ends[0].items())
    last = load_generator(keeps, 3)[1].state_dict()
    assert all(torch.equal(value, last[name]) for name, value in ends[0].items())
    first = load_generator(keeps, 1)[1].state_dict()
    assert not all(torch.equal(value, last[name]) for name, value in first.items())


def test_weights_that_were_not_kept_are_said(runs: tuple[Run, Run]) -> None:
    keeps, plain = runs
    with pytest.raises(RunError, match="has kept weights of epochs 1 to 3, not of epoch 4"):
        load_generator(keeps, 4)
    with pytest.raises(RunError, match=r"of no epoch, not of epoch 1: .*keep_weights = true"):
        load_generator(plain, 1)
    task = load_recipe_task(task_recipe("digits"))
    with pytest.raises(RunError, match="kept weights of 0 evaluations of 3"):
        last_above_best_kept(plain, task)


def test_the_best_on_validation_is_held_against_the_last(runs: tuple[Run, Run]) -> None:
    keeps, _ = runs
    task = load_recipe_task(task_recipe("digits"))
    distances = np.array([row["frechet"] for row in keeps.metrics()])
    found = best_kept_nearer(task, [keeps]).value
    assert np.isfinite(found)
    assert (found == 0) == (distances.argmin() == len(distances) - 1)
    assert best_kept_nearer(task, [keeps]).value == found
