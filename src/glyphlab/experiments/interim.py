"""What is known while an experiment still trains: estimates after every run, and no verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab._common.progress import note
from glyphlab.recipes import BaseRecipe
from glyphlab.runs import ClassifierSummary, recipe_hash
from glyphlab.training.events import Done, Event

__all__ = ["Interim"]


class Interim:
    """A callback that says the mean accuracy so far after each run of a classifier.

    Parameters
    ----------
    recipes : mapping of str to sequence of BaseRecipe
        Of each model, one a seed.
    quiet : bool
        Say nothing.
    """

    def __init__(self, recipes: Mapping[str, Sequence[BaseRecipe]], *, quiet: bool = False) -> None:
        trainings = sum(map(len, recipes.values()))
        self._quiet = quiet or trainings < 2
        self._labels = {
            _of_any_data(recipe.content()): label
            for label, made in recipes.items()
            for recipe in made
        }
        self._found: dict[str, list[float]] = {}

    def __call__(self, event: Event) -> None:
        """Hear an event; only the end of a run matters."""
        if self._quiet or not isinstance(event, Done):
            return
        summary = event.run.summary
        if not isinstance(summary, ClassifierSummary):
            return
        label = self._labels.get(_of_any_data(event.run.recipe), summary.model)
        found = self._found.setdefault(label, [])
        found.append(summary.metrics.exact_match)
        note(
            f"{label}, seed {summary.seed}: {found[-1]:.2%}, mean so far "
            f"{np.mean(found):.2%} (estimates; verdicts come after the last training)"
        )


def _of_any_data(recipe: Mapping[str, Any]) -> str:
    """Return what distinguishes the recipes of an experiment; drawings of its data do not."""
    task = {key: one for key, one in recipe["task"].items() if key not in ("digest", "seed")}
    return recipe_hash({**recipe, "task": task})
