"""The nets of the networks report, and what its rows measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab.recipes import Recipe
from glyphlab.reproductions import find_reproduction
from glyphlab.reproductions.core import measures as m
from glyphlab.reproductions.mnist_networks.network_models import PRINTED, network_models
from glyphlab.tasks import load_recipe_task
from glyphlab.training import train
from glyphlab.training.evaluation.loaded_models import load_net

NETWORKS = find_reproduction("mnist-networks")


def test_a_training_of_fewer_epochs_differs_in_nothing_else() -> None:
    def settings(name: str) -> dict[str, object]:
        recipe = Recipe.for_entry(NETWORKS.entry(name), NETWORKS.published)
        return {**recipe.training.model_dump(), "layers": recipe.model.layers}

    for name, epochs in PRINTED.items():
        for count in epochs:
            assert settings(f"{name}-epoch-{count}") == settings(name) | {"epochs": count}
    held = {**settings("cnn-200-100"), "validation_fraction": 1 / 6}
    assert settings("cnn-200-100-held") == held
    assert len({entry.name for entry in network_models()}) == len(list(network_models()))


def test_a_loss_may_hold_the_penalty_of_its_kernels(tmp_path: Path) -> None:
    changes = ["training.epochs=1", "training.l1=0.01"]
    recipe = Recipe.for_entry(NETWORKS.entry("units-200"), NETWORKS.smoke, overrides=changes)
    task = load_recipe_task(NETWORKS.smoke, quiet=True)
    run = train(recipe, tmp_path, quiet=True, task=task)
    kernels = [one.detach().abs().sum() for one in load_net(run).parameters() if one.ndim > 1]
    penalty = 0.01 * float(sum(kernels))
    assert penalty > 0
    plain, whole = (m.loss_on_test(task, [run], with_penalty=one).value for one in (False, True))
    assert whole - plain == pytest.approx(penalty, rel=1e-5)
