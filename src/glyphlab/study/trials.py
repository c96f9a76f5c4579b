"""One trial: its recipe, the task without its test set, and the training of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from glyphlab.compose import Task, load_recipe_task
from glyphlab.errors import RecipeError, TrainingDiverged
from glyphlab.experiments.experiment import trained
from glyphlab.experiments.kinds import recipe_of
from glyphlab.recipes import BaseRecipe, Recipe, TaskRecipe
from glyphlab.runs import Run
from glyphlab.seeds import seed_for
from glyphlab.study.definition import StudyDefinition
from glyphlab.study.space import merged, nested
from glyphlab.train import train
from glyphlab.train.together import shared_groups, train_group

__all__ = [
    "Tasks",
    "TrainMany",
    "Trained",
    "final_recipe",
    "side_by_side",
    "trial_recipe",
]

Trained = Run | TrainingDiverged | RecipeError
"""A finished run, or why there is none: an outcome of its trial, and no reason to stop the rest."""


class TrainMany(Protocol):
    """How a study has recipes trained of which none waits for another.

    The outcomes come in the order of the recipes, and may come one by one.
    """

    def __call__(
        self, recipes: Sequence[BaseRecipe], root: Path, tasks: Callable[[BaseRecipe], Task]
    ) -> Iterable[Trained]:
        """Train each recipe into a run folder under `root`, on the task that `tasks` returns."""


class Tasks:
    """The tasks of a study's recipes, each loaded once.

    Parameters
    ----------
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress of a download.
    """

    def __init__(self, data_dir: str | Path | None = None, *, quiet: bool = False) -> None:
        self._data_dir, self._quiet = data_dir, quiet
        self._loaded: dict[TaskRecipe, Task] = {}

    def __call__(self, recipe: BaseRecipe) -> Task:
        """Return the recipe's task."""
        # These say how pictures are drawn in training; the task is the same.
        key = recipe.task.model_copy(update={"fresh": False, "affine": False, "square": 0})
        if key not in self._loaded:
            self._loaded[key] = load_recipe_task(key, self._data_dir, quiet=self._quiet)
        return self._loaded[key]


def trial_recipe(
    study: StudyDefinition,
    stage: str,
    number: int,
    values: Mapping[str, Any],
    *,
    training: int = 0,
) -> BaseRecipe:
    """Return the recipe of one training of a trial.

    Its seed is derived from the study's seed, the stage, the number and which training of the
    trial it is; of the 63 bits the upper 32 are kept, as a folder's name should be readable.

    Parameters
    ----------
    study : StudyDefinition
    stage : str
    number : int
    values : mapping
        All that differs from the base, such as ``{"training.rate": 0.01}``.
    training : int
        From 0, where a trial is trained more than once.

    Raises
    ------
    RecipeError
        For values that do not go together.
    """
    content = merged(study.base, nested(values))
    # no trial sees the test set; the square is drawn from that set's glyphs
    content["task"] = {**content.get("task", {}), "square": 0, "withhold_test": True}
    content["seed"] = seed_for(study.seed, stage, "trial", number, training) >> 31
    content["name"] = f"{study.name}-{stage}-{number:03d}"
    return recipe_of(content, f"trial {stage}:{number}")


def final_recipe(
    study: StudyDefinition, values: Mapping[str, Any], training: int = 0
) -> BaseRecipe:
    """Return the recipe of one training of the winner, whose test set is looked at.

    Raises
    ------
    RecipeError
        Where the study's ``[final]`` does not go together with what was found.
    """
    content = merged(merged(study.base, nested(values)), study.final)
    content["seed"] = seed_for(study.seed, "winner", training) >> 31
    content["name"] = f"{study.name}-winner"
    return recipe_of(content, "the winner")


def side_by_side(command: str, data_dir: str | Path | None = None) -> TrainMany:
    """Return the way that trains together what can share its work, and all else one by one.

    Parameters
    ----------
    command : str
        What was typed, for the pages of the runs.
    data_dir : path, optional
        Where the datasets are, which generators load by themselves.
    """

    def train_many(
        recipes: Sequence[BaseRecipe], root: Path, tasks: Callable[[BaseRecipe], Task]
    ) -> Iterable[Trained]:
        classifiers = [one for one in recipes if isinstance(one, Recipe)]
        if len(classifiers) < len(recipes):
            yield from _one_by_one(recipes, root)
            return
        ended: dict[int, Trained] = {}
        following = 0
        for group in shared_groups(classifiers):
            chosen = [classifiers[number] for number in group]
            task = tasks(chosen[0])
            found: Sequence[Trained]
            if len(group) > 1:
                found = train_group(chosen, root, task, quiet=True, command=command)
            else:
                try:
                    found = [train(chosen[0], root, quiet=True, task=task, command=command)]
                except (TrainingDiverged, RecipeError) as error:
                    found = [error]
            ended.update(zip(group, found, strict=True))
            while following in ended:
                yield ended.pop(following)
                following += 1

    def _one_by_one(recipes: Sequence[BaseRecipe], root: Path) -> Iterable[Trained]:
        for recipe in recipes:
            try:
                yield from trained([recipe], root, quiet=True, data_dir=data_dir, command=command)
            except (TrainingDiverged, RecipeError) as error:
                yield error

    return train_many
