"""Our own logistic regressions that differ in nothing but C, in the same passes over the images."""

from __future__ import annotations

from collections.abc import Sequence

from glyphlab.recipes import Recipe
from glyphlab.training.trainers.sklearn import Sklearn
from glyphlab.training.trainers.sklearn_fit import path_key

__all__ = ["LogisticPath"]


class LogisticPath(Sklearn):
    """Fits several values of C along one path; the summary of each says how many there were."""

    name = "logistic_path"
    least = 2

    def reason_against(self, recipe: Recipe) -> str | None:
        """Return why this recipe cannot be trained this way; None where it can."""
        if path_key(recipe) is None:
            return "only logistic regressions with solver 'softmax' and without pca share a path"
        return None

    def groups(self, recipes: Sequence[Recipe]) -> list[list[int]]:
        """Group recipes that differ in C and seed alone."""
        found: dict[str | None, list[int]] = {}
        for number, recipe in enumerate(recipes):
            found.setdefault(path_key(recipe), []).append(number)
        return list(found.values())
