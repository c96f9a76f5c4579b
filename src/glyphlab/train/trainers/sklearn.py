"""One of scikit-learn's classifiers, or our logistic regression, by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glyphlab.compose import Task
from glyphlab.recipes import Recipe
from glyphlab.runs import Run, RunSummary
from glyphlab.train.classical import fit_classical
from glyphlab.train.finish import Fitted, finish
from glyphlab.train.telling import strategy_for
from glyphlab.train.trainers.base import Context, Fit

__all__ = ["Sklearn"]


class Sklearn:
    """Fits one model a head, and nothing side by side."""

    name = "sklearn"
    least = 1

    def reason_against(self, recipe: Recipe) -> str | None:
        """Return why this recipe cannot be trained this way; None where it can."""
        model = recipe.model
        return None if model.is_estimator else f"net '{model.net}' is trained by gradients"

    def groups(self, recipes: Sequence[Recipe]) -> list[list[int]]:
        """Return a group for each."""
        return [[number] for number in range(len(recipes))]

    def prepare(self, recipes: Sequence[Recipe], task: Task, context: Context) -> None:
        """Raise where a strategy does not fit the task."""
        del context
        for recipe in recipes:
            strategy_for(recipe, task)

    def fit(
        self, recipes: Sequence[Recipe], runs: Sequence[Run], task: Task, context: Context
    ) -> Iterator[Fit]:
        """Fit the models of a group in the same passes over the images."""
        strategy = strategy_for(recipes[0], task)
        found = fit_classical(runs, recipes, task, strategy, quiet=context.quiet, said=context.note)
        for number, fitted in enumerate(found):
            yield Fit(number, fitted)

    def finish(
        self, recipe: Recipe, run: Run, task: Task, left: Fitted, command: str
    ) -> RunSummary:
        """Score what was trained, once; leave predictions, and return the summary."""
        return finish(run, recipe, task, strategy_for(recipe, task), left, command)
