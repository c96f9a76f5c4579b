"""The same search for every model of a comparison, before the winners are compared.

Trials are chosen on validation; no trial sees the test set, and the comparison trains the winner's
settings anew with seeds of its own. Each search is a study in the folder of runs, so that the same
command resumes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.experiments.planning.comparison_plan import ComparisonPlan
from glyphlab.experiments.search import Study
from glyphlab.recipes import BaseRecipe, Recipe
from glyphlab.recipes.overrides import override_key
from glyphlab.runs import recipe_hash

__all__ = ["default_space", "search_models", "trials_each"]

_OF_CLASSICAL: Mapping[str, Mapping[str, Any]] = {
    "logistic": {"model.classical.C": {"low": 0.001, "high": 100.0, "log": True}},
    "svm": {"model.classical.C": {"low": 0.1, "high": 100.0, "log": True}},
    "forest": {
        "model.classical.n_estimators": [100, 200, 400],
        "model.classical.min_samples_leaf": [1, 2, 4],
    },
    "knn": {
        "model.classical.neighbors": [1, 3, 5, 7, 9, 15],
        "model.classical.weights": ["uniform", "distance"],
    },
}


def trials_each(budget: int, models: int) -> int:
    """Return the trials of each model, where a budget is shared equally.

    Raises
    ------
    UsageError
        Where there are more models than trials.
    """
    if budget < models:
        raise UsageError(
            f"--budget {budget} is smaller than the number of models, {models}: give at least a "
            f"trial to each, as --budget {10 * models}"
        )
    return budget // models


def default_space(recipe: BaseRecipe, fixed: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return what is searched of a model, around the settings it has.

    Parameters
    ----------
    recipe : BaseRecipe
    fixed : frozenset of str
        Keys that were set for all models, and stay so.
    """
    if not isinstance(recipe, Recipe):
        return {}
    model, training = recipe.model, recipe.training
    space: dict[str, Any] = {}
    if model.classical is not None:
        space = dict(_OF_CLASSICAL.get(model.classical.name, {}))
        if model.classical.penalty == "none":
            space.pop("model.classical.C", None)  # the strength of no penalty
    elif not model.is_estimator:
        rate = training.learning_rate
        space = {
            "training.learning_rate": {"low": rate / 5, "high": rate * 5, "log": True},
            "training.weight_decay": [0.0, 0.005, 0.02, 0.08],
        }
        if training.label_smoothing:  # 0 is a part of some losses
            space["training.label_smoothing"] = [0.0, 0.05, 0.1]
        if model.net == "fast":
            width = model.channels
            space["model.channels"] = sorted({max(1, width // 2), width, 2 * width})
    return {key: value for key, value in space.items() if key not in fixed}


def search_models(
    plan: ComparisonPlan,
    trials: int,
    root: Path,
    *,
    quiet: bool = False,
    data_dir: str | Path | None = None,
) -> dict[str, dict[str, Any]]:
    """Search for the settings of every model with as many trials, and return what was found.

    Parameters
    ----------
    plan : ComparisonPlan
        Its recipes are what is searched around.
    trials : int
        Of each model.
    root : Path
        Takes the folder of each search.
    quiet, data_dir
        As of `glyphlab.experiments.compare`.

    Returns
    -------
    dict of str to dict
        By model, the keys and values of the best trial; empty where nothing is searched.
    """
    fixed = frozenset(map(override_key, plan.settled))
    found: dict[str, dict[str, Any]] = {}
    for model, recipes in plan.recipes.items():
        recipe = recipes[0]
        space = default_space(recipe, fixed)
        if not space:
            if not quiet:
                note(f"{model} has no settings that are searched: it is compared as it is")
            found[model] = {}
            continue
        if not quiet:
            note(f"{trials} trials of {model} on validation: {', '.join(space)}")
        found[model] = Study.from_mapping(_study(model, recipe, space, trials)).winner(
            root, quiet=quiet, data_dir=data_dir
        )
    return found


def _study(model: str, recipe: BaseRecipe, space: Mapping[str, Any], trials: int) -> dict[str, Any]:
    base = {key: value for key, value in recipe.content().items() if key not in ("name", "seed")}
    base.pop("kind", None)
    digest = recipe_hash({"base": base, "space": dict(space)})
    return {
        "name": f"budget-{model}-{digest}",
        "base": base,
        "stages": [{"name": "settings", "trials": trials, "space": dict(space)}],
    }
