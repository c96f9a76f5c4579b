"""What training is told of an image, and the strategy that a recipe makes of it."""

from __future__ import annotations

from glyphlab.compose import Split, Task
from glyphlab.errors import RecipeError
from glyphlab.models import make_strategy
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.recipes import Recipe

__all__ = ["rows_of", "strategy_for", "told"]


def rows_of(labels: Labels) -> Labels:
    """Return labels ``(n, k)``, a row an image."""
    return labels if labels.ndim == 2 else labels[:, None]  # also where there are none


def told(strategy: Strategy, split: Split) -> Labels:
    """Return what training is told of each image of a split, ``(n, k)``."""
    return split.symbols if strategy.told == "symbols" else rows_of(split.labels)


def strategy_for(recipe: Recipe, task: Task) -> Strategy:
    """Make the recipe's strategy for a task.

    Raises
    ------
    RecipeError
        Where it cannot read such labels, or such a scene.
    """
    name = recipe.model.strategy
    if name in ("sliced", "multihead", "aligned") and task.train.labels.ndim == 1:
        raise RecipeError(
            f"strategy '{name}' reads one label a position, but the labels of "
            f"'{task.name}' are single numbers: choose 'whole', 'sum' or 'sequential'"
        )
    labels = task.train.symbols if name == "sequential" else rows_of(task.train.labels)
    return make_strategy(name, labels, task.classes, task.scene)
