"""The ways of training, by the kind of recipe, in the order in which they are asked."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from glyphlab._common.errors import RecipeError
from glyphlab.recipes import BaseRecipe
from glyphlab.training.trainers.base import Trainer

__all__ = ["TRAINERS", "plan", "trainers_of"]

TRAINERS: dict[str, tuple[str, ...]] = {
    "classifier": (
        "glyphlab.training.trainers.logistic_path:LogisticPath",
        "glyphlab.training.trainers.sklearn:Sklearn",
        "glyphlab.training.trainers.stacked.trainer:Stacked",
        "glyphlab.training.trainers.gradient.trainer:Gradient",
    ),
    "generator": ("glyphlab.training.trainers.adversarial.trainer:Adversarial",),
}
"""Classes of trainers by the kind of recipe that they train; imported where one is needed, so that
a kind of recipe may be trained by a package that stands above this one."""


def trainers_of(recipe: BaseRecipe) -> list[Trainer[Any]]:
    """Return the trainers of a recipe's kind, in the order in which they are asked.

    Raises
    ------
    RecipeError
        Where there are none.
    """
    if recipe.kind not in TRAINERS:
        raise RecipeError(
            f"nothing trains a recipe of kind '{recipe.kind}': known are {', '.join(TRAINERS)}"
        )
    found = (name.split(":") for name in TRAINERS[recipe.kind])
    return [getattr(importlib.import_module(module), name)() for module, name in found]


def plan(recipes: Sequence[BaseRecipe]) -> list[tuple[Trainer[Any], list[int]]]:
    """Return what trains with what, and by which trainer.

    Returns
    -------
    list of (Trainer, list of int)
        Numbers of the recipes, each in one group, in the order of their first members.

    Raises
    ------
    RecipeError
        For a recipe that no trainer can train, with the reasons.
    """
    found: list[tuple[Trainer[Any], list[int]]] = []
    for kind in dict.fromkeys(recipe.kind for recipe in recipes):
        left = [number for number, recipe in enumerate(recipes) if recipe.kind == kind]
        reasons: dict[int, list[str]] = {number: [] for number in left}
        for trainer in trainers_of(recipes[left[0]]):
            can = []
            for number in left:
                reason = trainer.reason_against(recipes[number])
                if reason is None:
                    can.append(number)
                else:
                    reasons[number].append(f"{trainer.name}: {reason}")
            for group in trainer.groups([recipes[number] for number in can]):
                if len(group) >= trainer.least:
                    found.append((trainer, [can[place] for place in group]))
            left = sorted({*left} - {number for _, group in found for number in group})
        for number in left:
            raise RecipeError(
                f"nothing can train {recipes[number].title} ({'; '.join(reasons[number])})"
            )
    return sorted(found, key=lambda one: one[1][0])
