"""One of scikit-learn's classifiers, or our logistic regression, by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Task
from glyphlab.training.targets import strategy_for
from glyphlab.training.trainers.base import Context, Fit
from glyphlab.training.trainers.one_by_one import OneByOne
from glyphlab.training.trainers.sklearn_fit import fit_classical

__all__ = ["Sklearn"]


class Sklearn(OneByOne):
    """Fits one model a head, and nothing side by side."""

    name = "sklearn"

    def reason_against(self, recipe: Recipe) -> str | None:
        """Return why this recipe cannot be trained this way; None where it can."""
        model = recipe.model
        return None if model.is_estimator else f"net '{model.net}' is trained by gradients"

    def fit(
        self, recipes: Sequence[Recipe], runs: Sequence[Run], task: Task, context: Context
    ) -> Iterator[Fit]:
        """Fit the models of a group in the same passes over the images."""
        strategy = strategy_for(recipes[0], task)
        found = fit_classical(runs, recipes, task, strategy, quiet=context.quiet, said=context.note)
        for number, fitted in enumerate(found):
            yield Fit(number, fitted)
