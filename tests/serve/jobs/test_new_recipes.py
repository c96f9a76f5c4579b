"""Recipes that come from a page: one change of a run's, and never a path."""

from __future__ import annotations

from typing import Any

import pytest

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab.recipes import Recipe
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.jobs.new_recipes import changed_recipe, new_recipe, require_no_path

CONTENT = Recipe.from_mapping({"name": "one", "task": {"name": "single"}}).content()


def test_one_change_and_another_seed() -> None:
    found = changed_recipe(CONTENT, ["training.epochs=3"], 7, None)
    assert (found.training.epochs, found.seed, found.name) == (3, 7, "one")
    same = {**found.content(), "seed": 0}
    same["training"] = {**same["training"], "epochs": CONTENT["training"]["epochs"]}
    assert same == CONTENT


def test_nothing_changed_is_said() -> None:
    with pytest.raises(Refused, match="nothing is changed"):
        changed_recipe(CONTENT, [], 0, None)


@pytest.mark.parametrize(
    ("change", "said"),
    [("training.epoch=3", "epochs"), ("training.epochs=0", "epochs"), ("epochs", "key.path"),
     ("seed=3", "seed"), ("model.net=fats", "fast")],
)  # fmt: skip
def test_a_wrong_change_says_what_is_right(change: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        changed_recipe(CONTENT, [change], None, None)


@pytest.mark.parametrize(
    "task",
    [{"name": "/etc"}, {"name": "../x.csv"}, {"data": "/etc/passwd"}, {"data": "some/folder"}],
)
def test_no_path_is_taken(task: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName):
        require_no_path(Recipe.from_mapping({"task": {"name": "single", **task}}), None)
    with pytest.raises(UnknownName):
        changed_recipe(CONTENT, [f'task.{key}="{value}"' for key, value in task.items()], 1, None)


def test_the_path_of_a_runs_own_data_may_stay() -> None:
    own = {**CONTENT, "task": {**CONTENT["task"], "data": "/home/me/symbols"}}
    assert changed_recipe(own, [], 3, None).task.data == "/home/me/symbols"
    assert changed_recipe(own, ["task.train_images=50"], None, None).task.train_images == 50
    with pytest.raises(UnknownName):
        changed_recipe(own, ['task.data="/etc"'], None, None)


def test_what_was_imported_here_is_named() -> None:
    own = {"mine": "/runs/.own-data/mine"}
    content = {"name": "one", "task": {"name": "single", "data": "mine"}}
    assert new_recipe(content, None, own).task.data == own["mine"]
    assert changed_recipe(CONTENT, ['task.data="mine"'], None, None, own).task.data == own["mine"]
    with pytest.raises(UnknownName, match="did you mean 'mine'"):
        new_recipe({**content, "task": {"name": "single", "data": "mina"}}, None, own)
