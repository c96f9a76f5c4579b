"""The task that a recipe or a command names: composed, or read from files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from glyphlab._common.errors import DataError, UsageError
from glyphlab.tasks.io.layouts import load_folder_task
from glyphlab.tasks.io.pairs import load_pairs_task
from glyphlab.tasks.load import load_task
from glyphlab.tasks.scenes.scene import PRESETS, Scene
from glyphlab.tasks.task import Task
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["load_named", "load_recipe_task"]

_USUAL = {"as_published": False, "digits": 1, "without_glyph_reuse": False}
"""Options whose default is not None."""
_FLAGS = {"validation_glyph_fraction": "task.validation_glyph_fraction"}


def load_recipe_task(
    recipe: TaskRecipe, data_dir: str | Path | None = None, *, quiet: bool = False
) -> Task:
    """Load the task that a recipe describes: a scene, a folder of images, or a file of pairs.

    Returns
    -------
    Task
        Its own recipe is this one, with the digest of the data.

    Raises
    ------
    UsageError, DataError, DataMissing
        As `load_task` does; and `DataError` where the data are not those of the recipe's digest, or
        change while they are read.
    """
    if recipe.replaced:
        raise DataError(
            f"the training images of this recipe were put in place in Python ({recipe.replaced}) "
            "and cannot be read again: run the command or the script that made them"
        )
    before = recipe.found_digest()
    if recipe.digest is not None and before not in (None, recipe.digest):
        raise _changed(recipe, f"has digest {before}, and the recipe was made for {recipe.digest}")
    loaded = load_named(
        recipe.own_scene or recipe.name,
        data=recipe.data,
        labels=recipe.labels,
        glyphs=recipe.glyphs,
        as_published=recipe.as_published,
        per_label=recipe.per_label,
        images=recipe.images,
        validation_glyph_fraction=recipe.validation_glyph_fraction,
        digits=recipe.digits,
        without_glyph_reuse=recipe.without_glyph_reuse,
        seed=recipe.seed,
        data_dir=data_dir,
        quiet=quiet,
    )
    after = recipe.found_digest()
    if after != before and before is not None:
        raise _changed(recipe, "changed while it was being read")
    if recipe.per_class is not None:
        loaded = loaded.with_images_a_symbol(recipe.per_class)
    if recipe.train_images is not None:
        loaded = loaded.with_train_images(recipe.train_images)
    if recipe.withhold_test:
        loaded = loaded.withheld()
    return loaded.described(recipe.changed(digest=after))


def _changed(recipe: TaskRecipe, what: str) -> DataError:
    where = recipe.name if recipe.is_folder or recipe.is_pairs else recipe.data
    return DataError(
        f"the data of '{where}' {what}: run the command again to train on them as they are now "
        "(a recipe without task.digest takes them as they are)"
    )


def load_named(
    name: str | Scene,
    *,
    data: str = "digits",
    data_dir: str | Path | None = None,
    seed: int = 0,
    quiet: bool = False,
    **options: Any,
) -> Task:
    """Load what a command or a recipe names: a scene, a folder of images, or a file of pairs.

    Parameters
    ----------
    name : str or Scene
        As `load_task` takes it; a folder as `load_folder_task` reads it; or a ``.csv`` file as
        `load_pairs_task` does.
    data, data_dir, seed, quiet
        As `load_task` takes them.
    **options
        Those of `load_task`. A folder and a file leave no choice, so there they must be as they are
        by default.

    Raises
    ------
    UsageError
        For an option that a folder or a file leaves no choice of; and as `load_task` does.
    """
    of_files = isinstance(name, str) and (Path(name).is_dir() or Path(name).suffix == ".csv")
    if not isinstance(name, str) or name in PRESETS or not of_files:
        return load_task(name, data=data, data_dir=data_dir, seed=seed, quiet=quiet, **options)
    given = [
        _FLAGS.get(word, f"--{word.replace('_', '-')}")
        for word, value in options.items()
        if value != _USUAL.get(word)
    ]
    if data != "digits" and Path(name).is_dir():
        given.append("--data")  # the images are there already
    if given:
        raise UsageError(
            f"{name} says itself which images there are: leave {', '.join(given)} out, or name a "
            f"task: {', '.join(PRESETS)}"
        )
    loaded = (
        load_folder_task(name)
        if Path(name).is_dir()
        else load_pairs_task(name, data=data, data_dir=data_dir, quiet=quiet)
    )
    recipe = loaded.required_recipe()
    # of use to what is chosen among the images later, such as fewer of them
    return replace(loaded, seed=seed).described(recipe.changed(seed=seed))
