"""The tasks of recipes, loaded when they are asked for; the last one is kept."""

from __future__ import annotations

from pathlib import Path

from glyphlab.recipes import BaseRecipe
from glyphlab.tasks import Task
from glyphlab.tasks.from_recipe import load_recipe_task
from glyphlab.tasks.task_recipe import DRAWN_IN_TRAINING, TaskRecipe

__all__ = ["LoadedTasks"]


class LoadedTasks:
    """From a recipe to its task; the last one is kept, as the next recipe often has it too.

    Parameters
    ----------
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress of a download.
    """

    def __init__(self, data_dir: str | Path | None = None, *, quiet: bool = False) -> None:
        self._data_dir, self._quiet = data_dir, quiet
        self._last: tuple[TaskRecipe, Task] | None = None

    def __call__(self, recipe: BaseRecipe) -> Task:
        """Return the recipe's task; what is drawn in training is no matter of it."""
        default = TaskRecipe()
        plain = {key: getattr(default, key) for key in DRAWN_IN_TRAINING}
        key = recipe.task.model_copy(update=plain)
        last = self._last
        if last is None or last[0] != key:
            last = self._last = None  # two at once may not fit
            last = key, load_recipe_task(recipe.task, self._data_dir, quiet=self._quiet)
            self._last = last
        return last[1]
