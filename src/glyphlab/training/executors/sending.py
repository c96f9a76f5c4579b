"""What of recipes can go to another process, and the job that takes them there."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from glyphlab.recipes import BaseRecipe, Recipe
from glyphlab.recipes.own_model import CustomModel
from glyphlab.runs import Run
from glyphlab.tasks.streams.drawn_images import are_streamed
from glyphlab.training.executors.job import Job, own_environment

__all__ = ["job_for", "reason_against_sending"]


def reason_against_sending(recipes: Sequence[BaseRecipe]) -> str:
    """Return why recipes that train side by side stay in this process; empty where they may go."""
    for recipe in recipes:
        if recipe.task.replaced:
            return "its training images were put in place here, and no recipe makes them"
        custom = _custom(recipe)
        if custom is not None and _module(custom) is None:
            return f"'{custom.name}' was made in a program or a notebook, and cannot be imported"
    return ""


def job_for(
    recipes: Sequence[BaseRecipe],
    root: Path,
    driver: str,
    threads: int,
    *,
    required: Sequence[Run],
    command: str | None,
    data_dir: str | Path | None,
    quiet: bool,
    checkpoint_seconds: float,
) -> Job:
    """Return the job of recipes that train side by side.

    Parameters
    ----------
    recipes : sequence of BaseRecipe
    root : Path
        Folder of the run folders, as the caller named it.
    driver : str
        Name of the caller's file in it.
    threads : int
        Of each training that begins.
    required : sequence of Run
        Finished runs that recipes name.
    command, data_dir, quiet, checkpoint_seconds
        As `train_many` takes them.
    """
    modules = (_module(custom) for custom in map(_custom, recipes) if custom is not None)
    folder = data_dir or os.environ.get("GLYPHLAB_DATA")
    return Job(
        recipes=tuple({"kind": one.kind, **one.content()} for one in recipes),
        root=str(root),
        folder=str(Path.cwd()),
        driver=driver,
        command=command,
        required=tuple(str(run.path) for run in required),
        data_dir=None if folder is None else str(Path(folder).expanduser().absolute()),
        imports=tuple(sorted({one for one in modules if one is not None})),
        environment=own_environment(),
        threads=threads,
        checkpoint_seconds=checkpoint_seconds,
        quiet=quiet,
        streamed=are_streamed(),
    )


def _custom(recipe: BaseRecipe) -> CustomModel | None:
    return recipe.model.custom if isinstance(recipe, Recipe) else None


def _module(custom: CustomModel) -> str | None:
    """Return the module that another process can import a model from; None where there is none."""
    module = (custom.where or "").partition(":")[0]
    return module if module in sys.modules and module not in ("", "__main__") else None
