"""The task that a recipe or a command names: composed, or read from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from glyphlab._common.errors import DataError, NoSuchPath, UsageError
from glyphlab.data.sources import require_no_source, require_source
from glyphlab.tasks.arithmetic import of_numbers
from glyphlab.tasks.io.layouts import load_folder_task
from glyphlab.tasks.io.pairs import load_pairs_task
from glyphlab.tasks.load import load_task
from glyphlab.tasks.scenes.scene import PRESETS, SCENES, Scene
from glyphlab.tasks.streams.drawn_images import are_streamed, remark_resident
from glyphlab.tasks.streams.image_shards import is_shards, load_shards_task
from glyphlab.tasks.task import Task
from glyphlab.tasks.task_options import check_options
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["check_recipe_task", "load_named", "load_recipe_task", "scene_of_recipe"]

_USUAL = {"as_published": False, "digits": 1, "without_glyph_reuse": False}
"""Options whose default is not None."""
_KEYS_ALONE = ("validation_glyph_fraction",)
"""Keys of a recipe that no command has an option for."""


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
    _require_readable(recipe)
    if recipe.is_folder or recipe.is_pairs:
        _check_choice(recipe.name, recipe.data, _options(recipe), of_recipe=True)
    before = recipe.found_digest()
    if recipe.digest is not None and before not in (None, recipe.digest):
        raise _changed(recipe, f"has digest {before}, and the recipe was made for {recipe.digest}")
    loaded = load_named(
        recipe.own_scene or recipe.name,
        data=recipe.data,
        seed=recipe.seed,
        data_dir=data_dir,
        quiet=quiet,
        **_options(recipe),
    )
    after = recipe.found_digest()
    if after != before and before is not None:
        raise _changed(recipe, "changed while it was being read")
    if recipe.train_labels is not None:
        loaded = loaded.with_train_labels(recipe.train_labels)
    if recipe.per_class is not None:
        loaded = loaded.with_images_a_symbol(recipe.per_class)
    if recipe.train_images is not None:
        loaded = loaded.with_train_images(recipe.train_images)
    if recipe.withhold_test:
        loaded = loaded.withheld()
    return loaded.described(recipe.changed(digest=after))


def scene_of_recipe(recipe: TaskRecipe) -> Scene | None:
    """Return the scene of a recipe by its name; None where only the images themselves show it.

    Nothing is loaded. The canvas of ``"single"`` is that of MNIST, whatever its source.
    """
    if recipe.own_scene is not None:
        return recipe.own_scene
    if recipe.name not in SCENES:
        return None
    scene = SCENES.load(recipe.name)
    return of_numbers(scene, recipe.digits) if recipe.digits > 1 else scene


def check_recipe_task(recipe: TaskRecipe) -> None:
    """Refuse what `load_recipe_task` would refuse for reasons that the recipe shows.

    Raises
    ------
    UsageError, DataError
        As `load_recipe_task` does; nothing is loaded, so that data need not be there.
    """
    _require_readable(recipe)
    name = recipe.own_scene or recipe.name
    if _is_of_files(name):
        _check_choice(str(name), recipe.data, _options(recipe), of_recipe=True)
        require_source(recipe.data)
        if not Path(str(name)).exists():
            raise NoSuchPath(f"{name}: no such file; check the path")
    else:
        check_options(name, data=recipe.data, **_options(recipe))


def _options(recipe: TaskRecipe) -> dict[str, Any]:
    """Return the options of `load_task` that a recipe gives."""
    names = (
        "labels",
        "glyphs",
        "as_published",
        "per_label",
        "images",
        "validation_glyph_fraction",
        "digits",
        "without_glyph_reuse",
    )
    return {name: getattr(recipe, name) for name in names}


def _require_readable(recipe: TaskRecipe) -> None:
    if recipe.replaced:
        raise DataError(
            f"the training images of this recipe were put in place in Python ({recipe.replaced}) "
            "and cannot be read again: run the command or the script that made them"
        )


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
    if not isinstance(name, str) or not _is_of_files(name):
        return load_task(name, data=data, data_dir=data_dir, seed=seed, quiet=quiet, **options)
    _check_choice(name, data, options)
    if is_shards(name):
        loaded = load_shards_task(name)
    else:
        if are_streamed():
            remark_resident(f"the images of {name} are read into memory")
        if Path(name).is_dir() and not (Path(name) / "val").is_dir():
            require_no_source(name)
        loaded = (
            load_folder_task(name)
            if Path(name).is_dir()
            else load_pairs_task(name, data=data, data_dir=data_dir, quiet=quiet)
        )
    recipe = loaded.required_recipe()
    # of use to what is chosen among the images later, such as fewer of them
    return replace(loaded, seed=seed).described(recipe.changed(seed=seed))


def _is_of_files(name: str | Scene) -> bool:
    """Return whether a name is that of a folder of images, or of a file of pairs."""
    if not isinstance(name, str) or name in PRESETS:
        return False
    return Path(name).is_dir() or Path(name).suffix == ".csv"


def _check_choice(
    name: str, data: str, options: Mapping[str, Any], *, of_recipe: bool = False
) -> None:
    """Refuse options that a folder or a file leaves no choice of; a recipe has keys for them."""
    words = [word for word, value in options.items() if value != _USUAL.get(word)]
    if data != "digits" and Path(name).is_dir():
        words.append("data")  # the images are there already
    given = []
    for word in words:
        key, option = f"task.{word}", f"--{word.replace('_', '-')}"
        if word in _KEYS_ALONE:
            given.append(key)
        else:
            given.append(f"{key} ({option})" if of_recipe else option)
    if given:
        raise UsageError(
            f"{name} says itself which images there are: leave {', '.join(given)} out, or name a "
            f"task: {', '.join(PRESETS)}"
        )
