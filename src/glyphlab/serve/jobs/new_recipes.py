"""Recipes that come from a page: what a person may change, and never a path."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from glyphlab._common.errors import UnknownName
from glyphlab.data import list_sources
from glyphlab.recipes import BaseRecipe, GeneratorRecipe, Recipe
from glyphlab.recipes.overrides import apply_overrides, keys_of, override_key
from glyphlab.recipes.union import parse_recipe
from glyphlab.serve.app.refusals import Refused
from glyphlab.tasks.scenes.scene import SCENES

__all__ = ["changed_recipe", "new_recipe", "require_no_path"]


def new_recipe(
    content: Mapping[str, Any], data_dir: Path | None, own: Mapping[str, str] = MappingProxyType({})
) -> Recipe | GeneratorRecipe:
    """Return the recipe that a page or a program gives.

    Parameters
    ----------
    content : mapping
    data_dir : Path or None
        Where the datasets are.
    own : mapping of str to str
        Folders of the sources that were imported in the studio, by name.

    Raises
    ------
    RecipeError
        For a key or a value that no recipe can have.
    UnknownName
        Where the task or the source is none that is known here.
    """
    found = parse_recipe(_with_folder(content, own), "the recipe", typed=keys_of(content))
    require_no_path(found, data_dir, own)
    return found


def changed_recipe(
    content: Mapping[str, Any],
    changes: Sequence[str],
    seed: int | None,
    data_dir: Path | None,
    own: Mapping[str, str] = MappingProxyType({}),
) -> Recipe | GeneratorRecipe:
    """Return the recipe of a run with other values of some keys.

    Parameters
    ----------
    content : mapping
        The run's own recipe; a path in it, which is no client's, may stay.
    changes : sequence of str
        Each ``key.path=value``.
    seed : int or None
        None leaves it.
    data_dir : Path or None
        Where the datasets are.
    own : mapping of str to str
        Folders of the sources that were imported in the studio, by name.

    Raises
    ------
    Refused
        Where a change names a path, or nothing is changed.
    RecipeError
        For a key or a value that the recipe cannot have.
    """
    keys = {override_key(one) for one in changes}
    wanted = copy.deepcopy(dict(content))
    if seed is not None:
        wanted["seed"] = seed
    wanted = apply_overrides(wanted, changes)
    if wanted == content:
        raise Refused(422, "nothing is changed: name a key and another value, or another seed")
    if any(key.split(".")[0] == "task" for key in keys) and isinstance(wanted.get("task"), dict):
        wanted["task"].pop("digest", None)  # of other data, perhaps: it is found again
    found = parse_recipe(_with_folder(wanted, own), "the changed recipe", typed=keys)
    if keys & {"task.name", "task.data", "task.scene"} or "task" in keys:
        require_no_path(found, data_dir, own)
    return found


def require_no_path(
    recipe: BaseRecipe, data_dir: Path | None, own: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Insist that a recipe names tasks and sources, and no other file or folder of this machine.

    Raises
    ------
    UnknownName
        With the nearest right name.
    Refused
        For a model of one's own, which only Python can give.
    """
    task = recipe.task
    if task.scene is None and task.name not in SCENES:
        raise UnknownName("task", task.name, SCENES)
    known = [one.name for one in list_sources(data_dir=data_dir)]
    if task.data not in {*known, *own.values()}:
        raise UnknownName("source", task.data, [*known, *own])
    if isinstance(recipe, Recipe) and recipe.model.custom is not None:
        raise Refused(422, "a model of your own is trained from Python, not from a page")


def _with_folder(content: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, Any]:
    """Return a recipe's content with the folder of a source that was imported, for its name."""
    task = content.get("task")
    if isinstance(task, dict) and task.get("data") in own:
        return {**content, "task": {**task, "data": own[task["data"]]}}
    return dict(content)
