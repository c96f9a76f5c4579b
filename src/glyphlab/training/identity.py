"""Which run a recipe is: with the digest of its data, and on the task that it describes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from glyphlab._common.errors import DataError, RecipeError, RunError
from glyphlab._common.progress import note
from glyphlab.recipes.base import BaseRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_recipe
from glyphlab.tasks import Task
from glyphlab.tasks.from_recipe import load_recipe_task
from glyphlab.tasks.task_recipe import DRAWN_IN_TRAINING, TaskRecipe

__all__ = ["LoadedTasks", "command_of", "identified", "require_different", "require_same_data"]

R = TypeVar("R", bound=BaseRecipe)


def identified(recipe: R, root: Path, *, task: Task | None = None) -> R:
    """Return a recipe with the digest of its data, so that its hash names one run.

    Where the data are not on this machine, a finished run of the recipe in `root` says which they
    were; without one the digest stays open.

    Parameters
    ----------
    recipe : BaseRecipe
    root : Path
        Folder of the run folders.
    task : Task, optional
        The recipe's task, where it is loaded already.

    Raises
    ------
    RecipeError
        Where the task is another than the recipe's.
    DataError
        Where the data have another digest than the recipe says.
    """
    wanted = recipe.task
    if task is not None:
        own = task.required_recipe()
        differing = wanted.differences(own)
        if differing:
            said = ", ".join(
                f"task.{key} is {getattr(wanted, key)!r} there and {getattr(own, key)!r} here"
                for key in differing
            )
            raise RecipeError(
                f"the recipe describes other data than the task that was given: {said}: give the "
                "task's own recipe (task.recipe), or leave the task out"
            )
        digest = own.digest
    else:
        digest = wanted.found_digest()
        if None not in (digest, wanted.digest) and digest != wanted.digest:
            raise DataError(
                f"the data of the recipe have digest {digest}, and it was made for "
                f"{wanted.digest}: they are others now; leave task.digest out to train on them"
            )
        digest = digest or wanted.digest or _digest_of_finished(recipe, root)
    return recipe.model_copy(update={"task": wanted.model_copy(update={"digest": digest})})


def require_same_data(recipe: TaskRecipe | None) -> None:
    """Insist that the data of a task are still those that it was loaded from.

    Parameters
    ----------
    recipe : TaskRecipe or None
        The task's, with the digest of its data; None of a task without one.

    Raises
    ------
    DataError
        Where they changed; what is gone is no matter, since the task has its images.
    """
    if recipe is None or recipe.digest is None:
        return
    now = recipe.found_digest()
    if now not in (None, recipe.digest):
        where = recipe.name if recipe.is_folder or recipe.is_pairs else recipe.data
        raise DataError(
            f"the data of '{where}' changed while they were in use (digest {recipe.digest}, now "
            f"{now}): nothing more is trained; the runs that are finished belong to the old data, "
            "and the same command begins again with the new"
        )


def require_different(recipes: Sequence[BaseRecipe]) -> None:
    """Insist that no training is asked for twice: it would be counted twice.

    Raises
    ------
    RecipeError
        Naming the two that are one.
    """
    seen: dict[str, int] = {}
    for number, recipe in enumerate(recipes):
        first = seen.setdefault(f"{recipe.title}-{recipe.hash}", number)
        if first != number:
            raise RecipeError(
                f"trainings {first + 1} and {number + 1} are one and the same ({recipe.title}): "
                "each counts once; give them different seeds, names or settings"
            )


def command_of(run: Run, root: Path) -> str:
    """Return what makes a run again from its own recipe: typed where its folder of runs lies.

    A path from the root of the machine is left out, as pages are for others too; then it is typed
    in the folder of runs itself.
    """
    if root.is_absolute():
        return shlex.join(["glyphlab", "train", f"{run.name}/recipe.json", "--out", "."])
    out = [] if root == Path("runs") else ["--out", str(root)]
    return shlex.join(["glyphlab", "train", str(root / run.name / "recipe.json"), *out])


def _digest_of_finished(recipe: BaseRecipe, root: Path) -> str | None:
    """Return the digest in the one finished run that differs from a recipe in nothing else."""
    content = recipe.content()
    found: dict[str, str] = {}
    for folder in sorted(root.glob(f"{recipe.title}-*")):
        if not (folder / "done").exists():
            continue
        try:
            there = read_recipe(folder)
            digest = str(there["task"]["digest"])
            same = {**there, "task": {**there["task"], "digest": None}} == content
        except (RunError, KeyError, TypeError):
            continue
        if same:
            found[folder.name] = digest
    if len(found) != 1:
        return None
    ((name, digest),) = found.items()
    note(f"the data are not on this machine: {name} was trained on them (digest {digest})")
    return digest


class LoadedTasks:
    """From a recipe to its task; the last ones are kept, as the next recipe often has one of them.

    Parameters
    ----------
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress of a download.
    keep : int, optional
        Tasks that are kept; None keeps all.
    """

    def __init__(
        self, data_dir: str | Path | None = None, *, quiet: bool = False, keep: int | None = 1
    ) -> None:
        self._data_dir, self._quiet, self._keep = data_dir, quiet, keep
        self._loaded: dict[TaskRecipe, Task] = {}

    def __call__(self, recipe: BaseRecipe) -> Task:
        """Return the recipe's task; what is drawn in training is no matter of it."""
        default = TaskRecipe()
        plain = {key: getattr(default, key) for key in DRAWN_IN_TRAINING}
        key = recipe.task.model_copy(update=plain)
        if key not in self._loaded:
            while self._keep is not None and len(self._loaded) >= self._keep:
                del self._loaded[next(iter(self._loaded))]  # before: both may not fit
            self._loaded[key] = load_recipe_task(recipe.task, self._data_dir, quiet=self._quiet)
        return self._loaded[key]
