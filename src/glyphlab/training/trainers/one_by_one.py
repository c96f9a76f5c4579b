"""What trainers of classifiers share: each recipe alone, and one way to score what was trained."""

from __future__ import annotations

from collections.abc import Sequence

from glyphlab.recipes import Recipe
from glyphlab.runs import Run, RunSummary
from glyphlab.tasks import Task
from glyphlab.training.evaluation.classifier_scores import Fitted, finish
from glyphlab.training.targets import strategy_for
from glyphlab.training.trainers.base import Context

__all__ = ["OneByOne"]


class OneByOne:
    """A trainer without its `fit`: a group for each recipe, all of one strategy's making."""

    least = 1
    streams = False

    def groups(self, recipes: Sequence[Recipe]) -> list[list[int]]:
        """Return a group for each."""
        return [[number] for number in range(len(recipes))]

    def rehearse(self, recipe: Recipe, task: Task) -> None:
        """Raise where a strategy does not fit the task, or a part of it not into memory."""
        strategy_for(recipe, task)
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
