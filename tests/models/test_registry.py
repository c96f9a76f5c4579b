"""The models that comparisons know by name."""

from __future__ import annotations

import pytest

from glyphlab._common.errors import UnknownName
from glyphlab.recipes import Recipe, list_models, model_entry
from glyphlab.tasks.task_recipe import TaskRecipe


def test_names() -> None:
    names = [model.name for model in list_models()]
    assert names[:4] == ["whole", "sliced", "multihead", "aligned"]
    assert {"paper-whole", "paper-sliced", "paper-multihead"} <= set(names)
    assert len(names) == len(set(names))


def test_unknown_model() -> None:
    with pytest.raises(UnknownName, match="unknown model 'alinged': did you mean 'aligned'"):
        model_entry("alinged")


@pytest.mark.parametrize("model", list_models(), ids=lambda model: model.name)
def test_every_model_makes_a_recipe(model: object) -> None:
    name = model.name  # type: ignore[attr-defined]
    recipe = Recipe.for_model(name, TaskRecipe(), seed=3)
    assert (recipe.name, recipe.seed) == (name, 3)
    assert recipe.model.strategy == model.strategy  # type: ignore[attr-defined]
    assert recipe.model.net == model.net  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["paper-whole", "paper-sliced", "paper-multihead"])
def test_report_models_train_as_the_report_did(name: str) -> None:
    training = Recipe.for_model(name, TaskRecipe()).training
    assert (training.epochs, training.batch_size, training.optimizer) == (5, 32, "adam")
    assert (training.learning_rate, training.schedule, training.label_smoothing) == (
        1e-3,
        "constant",
        0.0,
    )
    assert (training.augment, training.select, training.weight_decay) == ("none", "last", 0.0)
