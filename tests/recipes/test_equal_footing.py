"""Strategies that are compared share their settings; by name each model keeps its own."""

from __future__ import annotations

import pytest

from glyphlab.recipes import Recipe, model_entry
from glyphlab.recipes.classifier_presets import (
    EQUAL_MODEL,
    EQUAL_TRAINING,
    list_models,
    on_equal_footing,
)
from glyphlab.tasks.task_recipe import TaskRecipe

SHARED = ("epochs", "optimizer", "learning_rate", "schedule", "augment", "batch_size")


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("triple", ["whole", "sliced", "multihead", "aligned"]),
        ("addition", ["sum", "sequential", "combined"]),
    ],
)
def test_strategies_of_our_net_share_their_settings(task: str, names: list[str]) -> None:
    recipes = [
        Recipe.for_entry(on_equal_footing(model_entry(name)), TaskRecipe(name=task))
        for name in names
    ]
    assert {one.model.channels for one in recipes} == {EQUAL_MODEL["channels"]}
    assert {one.model.test_views for one in recipes} == {EQUAL_MODEL["test_views"]}
    assert {one.training.short_canvas for one in recipes} == {0.0}
    for key in SHARED:
        assert {getattr(one.training, key) for one in recipes} == {EQUAL_TRAINING[key]}


def test_the_loss_stays_the_models_own() -> None:
    smoothed = {
        name: on_equal_footing(model_entry(name)).training["label_smoothing"]
        for name in ("sum", "sequential")
    }
    assert smoothed == {"sum": 0.0, "sequential": 0.1}


def test_other_families_keep_all_of_theirs() -> None:
    others = [entry for entry in list_models() if entry.net != "fast"]
    assert {"forest", "mlp", "paper-sliced"} <= {entry.name for entry in others}
    assert all(on_equal_footing(entry) is entry for entry in others)


def test_by_name_a_model_has_the_settings_that_suit_it() -> None:
    epochs = {
        name: Recipe.for_model(name, TaskRecipe()).training.epochs
        for name in ("whole", "sliced", "multihead", "aligned")
    }
    assert epochs == {"whole": 1, "sliced": 4, "multihead": 2, "aligned": 5}
