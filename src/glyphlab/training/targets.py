"""What training is told of an image, and the strategy that a recipe makes of it."""

from __future__ import annotations

from glyphlab._common.errors import RecipeError
from glyphlab._common.registry import STRATEGIES
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.recipes import Recipe
from glyphlab.tasks import Split, Task

__all__ = ["rows_of", "strategy_for", "training_labels"]


def rows_of(labels: Labels) -> Labels:
    """Return labels ``(n, k)``, a row an image."""
    return labels if labels.ndim == 2 else labels[:, None]  # also where there are none


def training_labels(strategy: Strategy, split: Split) -> Labels:
    """Return what training is told of each image of a split, ``(n, k)``."""
    return split.symbols if strategy.supervision == "symbols" else rows_of(split.labels)


def strategy_for(recipe: Recipe, task: Task) -> Strategy:
    """Make the recipe's strategy for a task.

    Raises
    ------
    RecipeError
        Where it cannot read such labels, or such a scene.
    """
    kind: type[Strategy] = STRATEGIES.load(recipe.model.strategy)
    reason = kind.reason_against_task(task)
    if reason:
        raise RecipeError(reason)
    labels = task.train.symbols if kind.supervision == "symbols" else rows_of(task.train.labels)
    return kind.make(labels, task.classes, task.scene)
