"""What training would refuse, said before it: a recipe is tried on a few images, and left."""

from __future__ import annotations

from typing import Any

from glyphlab.data.published_sets import registry
from glyphlab.recipes import BaseRecipe
from glyphlab.tasks import Task
from glyphlab.tasks.from_recipe import check_recipe_task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.trainers import plan

__all__ = ["rehearse", "rehearse_on"]

IMAGES = 50
"""Images of the task that a recipe is tried on."""


def rehearse(recipe: BaseRecipe) -> None:
    """Refuse a recipe that training would refuse for reasons that it shows itself.

    Nothing is trained and nothing is fetched. What only the data can show, such as a damaged file,
    is left to training; so are nets on the images of a folder.

    Raises
    ------
    UsageError, DataError
        As training does.
    """
    check_recipe_task(recipe.task)
    for needed in recipe.requires():
        rehearse(needed)
    task = _few_images(recipe.task)
    if task is not None:
        rehearse_on(recipe, task)


def rehearse_on(recipe: BaseRecipe, task: Task) -> None:
    """Refuse a recipe that does not fit a task that is loaded already; nothing is trained.

    Raises
    ------
    UsageError, DataError
        As training does.
    """
    ((trainer, _),) = plan([recipe])
    trainer.rehearse(recipe, task)


def _few_images(recipe: TaskRecipe) -> Task | None:
    """Return a task of the same scene with few images; None where they are read from files."""
    published = recipe.data == "digits" or recipe.data in registry()  # ten classes of 28×28 pixels
    if recipe.is_folder or recipe.is_pairs or not published:
        return None
    changes: dict[str, Any] = {"data": "digits", "digest": None}
    if recipe.name == "single" and recipe.data == "digits":
        return load_recipe_task(recipe.changed(**changes), quiet=True)  # all of it is at hand
    changes |= dict.fromkeys(("train_images", "train_labels", "per_class"))
    changes |= {"as_published": False}
    if recipe.name != "single" and not recipe.without_glyph_reuse:
        changes |= {"per_label": None, "images": IMAGES}
    if recipe.as_published:
        changes |= {"labels": None, "glyphs": None}
    return load_recipe_task(recipe.changed(**changes), quiet=True)
