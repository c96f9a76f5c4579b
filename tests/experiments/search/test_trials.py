"""What a trial may see, and what names it."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import seed_for
from glyphlab.experiments.search import StudyDefinition
from glyphlab.experiments.search.trials import final_recipe, trial_recipe
from glyphlab.recipes import Recipe
from glyphlab.tasks import load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.identity import LoadedTasks

STUDY = StudyDefinition.from_mapping(
    {
        "name": "s",
        "seed": 3,
        "base": {"task": {"per_label": 1}, "training": {"epochs": 2}},
        "stages": [{"name": "a", "trials": 2, "space": {"training.learning_rate": [0.1, 0.2]}}],
    }
)


def test_a_trial_cannot_look_at_the_test_set() -> None:
    whole = load_recipe_task(TaskRecipe(per_label=1))
    task = whole.withheld()
    np.testing.assert_array_equal(task.test.images, whole.val.images)
    np.testing.assert_array_equal(task.train.images, whole.train.images)
    assert set(task.pools) == set(whole.pools) - {"test"}
    assert "test set withheld" in task.protocol
    assert "test set withheld" in task.audit().protocol
    assert not set(map(bytes, task.test.images)) & set(map(bytes, whole.test.images))
    assert trial_recipe(STUDY, "a", 0, {}).task.generalization_grid == 0


def test_a_seed_has_a_name() -> None:
    recipe = trial_recipe(STUDY, "a", 7, {"training.learning_rate": 0.1})
    assert recipe.seed == seed_for(3, "a", "trial", 7, 0) >> 31
    assert recipe.seed < 2**32
    assert recipe.name == "s-a-007"
    assert (recipe.training.learning_rate, recipe.training.epochs, recipe.task.per_label) == (
        0.1,
        2,
        1,
    )
    seeds = {trial_recipe(STUDY, "a", number, {}).seed for number in range(50)}
    seeds |= {final_recipe(STUDY, {}, nth).seed for nth in range(5)}
    assert len(seeds) == 55
    assert STUDY.base == {"task": {"per_label": 1}, "training": {"epochs": 2}}


def test_the_winner_is_trained_as_final_says() -> None:
    longer = STUDY.model_copy(
        update={"final": {"training": {"epochs": 9}, "model": {"test_views": 5}}}
    )
    values = {"training.learning_rate": 0.1}
    recipe = final_recipe(longer, values)
    assert (recipe.training.epochs, recipe.training.learning_rate, recipe.model.test_views) == (
        9,
        0.1,
        5,
    )
    assert recipe.task.per_label == 1
    trial = trial_recipe(longer, "a", 0, values)
    assert (trial.training.epochs, trial.model.test_views) == (2, 1)
    assert trial == trial_recipe(STUDY, "a", 0, values)


def test_values_that_do_not_go_together() -> None:
    with pytest.raises(RecipeError, match=r"trial a:1: .*task.redraw = true"):
        trial_recipe(STUDY, "a", 1, {"task.affine": True})


def test_a_task_is_loaded_once_however_it_is_drawn() -> None:
    tasks = LoadedTasks(keep=None)
    plain = Recipe.from_mapping({"task": {"per_label": 1}})
    fresh = Recipe.from_mapping({"task": {"per_label": 1, "redraw": True, "affine": True}})
    other = Recipe.from_mapping({"task": {"per_label": 2}})
    assert tasks(plain) is tasks(fresh)
    assert tasks(other) is not tasks(plain)


def test_a_trial_leaves_out_what_its_values_leave_without_effect() -> None:
    """A momentum of the base means nothing to an optimizer that has none."""
    study = StudyDefinition.from_mapping(
        {
            "name": "s",
            "base": {"training": {"optimizer": "sgd", "momentum": 0.5}},
            "stages": [
                {"name": "a", "trials": 2, "space": {"training.optimizer": ["adam", "sgd"]}}
            ],
        }
    )
    for values in ({"training.optimizer": "adam"}, {"training.optimizer": "sgd"}):
        trial = trial_recipe(study, "a", 0, values)
        winner = final_recipe(study, values)
        for recipe in (trial, winner):
            assert isinstance(recipe, Recipe)
            kept = 0.5 if recipe.training.optimizer == "sgd" else 0.9
            assert recipe.training.momentum == kept
    with pytest.raises(RecipeError, match=r"training\.momentum means nothing to optimizer 'adam'"):
        trial_recipe(study, "a", 0, {"training.optimizer": "adam", "training.momentum": 0.7})
