"""What trainers of classifiers share: each recipe alone, and one way to score what was trained."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glyphlab._common.errors import RecipeError
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.recipes.augmentation import parse_augmentation
from glyphlab.runs import Run, RunSummary
from glyphlab.tasks import Task
from glyphlab.tasks.labels import signs_of
from glyphlab.training.evaluation.classifier_scores import Fitted, finish
from glyphlab.training.targets import strategy_for
from glyphlab.training.trainers.base import Context

__all__ = ["OneByOne"]

MIRRORED = (2, 10)
"""Numbers of views that have mirror images among them."""


class OneByOne:
    """A trainer without its `fit`: a group for each recipe, all of one strategy's making."""

    least = 1
    streams = False

    def groups(self, recipes: Sequence[Recipe]) -> list[list[int]]:
        """Return a group for each."""
        return [[number] for number in range(len(recipes))]

    def rehearse(self, recipe: Recipe, task: Task) -> None:
        """Raise where a strategy does not fit the task, or a part of it not into memory."""
        _require_order(recipe, task, strategy_for(recipe, task))
        if recipe.task.generalization_grid:  # drawn at the end, and refused at the beginning
            task.require_room_for_grid(recipe.task.generalization_grid)

    def prepare(self, recipes: Sequence[Recipe], task: Task, context: Context) -> None:
        """Raise where a recipe does not fit the task."""
        del context
        for recipe in recipes:
            self.rehearse(recipe, task)

    def finish(
        self, recipe: Recipe, run: Run, task: Task, left: Fitted, command: str
    ) -> RunSummary:
        """Score what was trained, once; leave predictions, and return the summary."""
        return finish(run, recipe, task, strategy_for(recipe, task), left, command)


def _require_order(recipe: Recipe, task: Task, strategy: Strategy) -> None:
    """Refuse mirror images that reverse the symbols of an image, and leave its label as it is.

    What is cut first is mirrored symbol by symbol, and of a column every symbol keeps its place. A
    sum of numbers of one digit is the same in any order; the heads of a net are not.
    """
    scene, views = task.scene, recipe.model.test_views
    columns = len(set(scene.columns))
    if scene.count <= math.prod(strategy.grid) or columns == 1:
        return
    signs = signs_of(scene.rule, scene.count // scene.digits, scene.signs) or ()
    in_any_order = scene.digits == 1 and (scene.rule == "product" or len(set(signs)) == 1)
    flips = "flip" in parse_augmentation(recipe.training.augment)
    if flips and not in_any_order and not recipe.training.estimate_classes:
        found, instead = f"training.augment = '{recipe.training.augment}'", "leave 'flip' out"
    elif views in MIRRORED and not (in_any_order and strategy.heads == 1):
        found, instead = f"model.test_views = {views}", "set it to 1 or 5"
    else:
        return
    cut = "sliced" if scene.rule == "digits" else "sequential"
    raise RecipeError(
        f"{found} mirrors images with symbols in {columns} columns, and strategy "
        f"'{strategy.name}' sees all of an image: the order of the symbols is reversed, and the "
        f"label is not; {instead}, or choose strategy '{cut}', which mirrors each symbol by itself"
    )
