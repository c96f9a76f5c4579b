"""One trial: its recipe, and the task without its test set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glyphlab._common.errors import IgnoredKey
from glyphlab._common.seeds import seed_for
from glyphlab.experiments.search.definition import StudyDefinition
from glyphlab.experiments.search.space import merged, nested
from glyphlab.recipes import BaseRecipe, parse_recipe

__all__ = ["final_recipe", "trial_recipe"]


def trial_recipe(
    study: StudyDefinition,
    stage: str,
    number: int,
    values: Mapping[str, Any],
    *,
    training: int = 0,
) -> BaseRecipe:
    """Return the recipe of one training of a trial.

    Its seed is derived from the study's seed, the stage, the number and which training of the
    trial it is; of the 63 bits the upper 32 are kept, as a folder's name should be readable.

    Parameters
    ----------
    study : StudyDefinition
    stage : str
    number : int
    values : mapping
        All that differs from the base, such as ``{"training.learning_rate": 0.01}``.
    training : int
        From 0, where a trial is trained more than once.

    Raises
    ------
    RecipeError
        For values that do not go together.
    """
    content = merged(study.base, nested(values))
    # no trial sees the test set; the generalization grid is drawn from that set's glyphs
    content["task"] = {**content.get("task", {}), "generalization_grid": 0, "withhold_test": True}
    content["seed"] = seed_for(study.seed, stage, "trial", number, training) >> 31
    content["name"] = f"{study.name}-{stage}-{number:03d}"
    return _recipe(content, values, f"trial {stage}:{number}")


def final_recipe(
    study: StudyDefinition, values: Mapping[str, Any], training: int = 0
) -> BaseRecipe:
    """Return the recipe of one training of the winner, whose test set is looked at.

    Raises
    ------
    RecipeError
        Where the study's ``[final]`` does not go together with what was found.
    """
    content = merged(merged(study.base, nested(values)), study.final)
    content["seed"] = seed_for(study.seed, "winner", training) >> 31
    content["name"] = f"{study.name}-winner"
    return _recipe(content, values, "the winner")


def _recipe(content: dict[str, Any], values: Mapping[str, Any], where: str) -> BaseRecipe:
    """Return a recipe without the keys of the base that these values leave without effect.

    As a momentum of the base, where a trial takes an optimizer that has none.
    """
    while True:
        try:
            return parse_recipe(content, where)
        except IgnoredKey as error:
            table, _, key = error.key.partition(".")
            if error.key in values or key not in content.get(table, {}):
                raise
            content = {**content, table: {k: v for k, v in content[table].items() if k != key}}
