"""The classifier that samples of a task's generators are held against."""

from __future__ import annotations

from typing import Any

from glyphlab.recipes.classifier import Recipe
from glyphlab.recipes.classifier_presets import FAST_TRAINING
from glyphlab.tasks.scenes.cell_grid import grid_of
from glyphlab.tasks.scenes.scene_recipe import SceneRecipe
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["reference_recipe"]

PER_LABEL = 30
"""Most images a label that a reference classifier of several symbols is trained on."""
IMAGES = 30_000
"""Most images that one of a scene of one's own is trained on."""


def reference_recipe(task: TaskRecipe) -> Recipe:
    """Return the recipe of a reference classifier: the fast net, one shared head on cells.

    Raises
    ------
    RecipeError
        For a scene of one's own whose symbols do not stand in rows and columns.
    """
    whole = task.name != "single"
    own = {} if task.scene is None else _symbols_of(task, task.scene)
    counted = whole and task.images is None  # a task gives its images in all, or a label
    return Recipe.from_mapping(
        {
            "name": "reference",
            "task": {
                **task.model_dump(),
                "labels": "shared" if whole else None,  # it reads labels that a generator never saw
                "glyphs": None,
                "as_published": False,
                "per_label": min(task.per_label or PER_LABEL, PER_LABEL) if counted else None,
                **own,
                "train_images": None,
                "train_labels": None,
                "per_class": None,
                "replaced": None,
                "withhold_test": False,
                "seed": 0,
                "generalization_grid": 0,
            },
            "model": {"strategy": "aligned", "net": "fast", "channels": 32},
            "training": {**FAST_TRAINING, "epochs": 4, "optimizer": "muon"},
            "seed": 1_000,
        },
        "reference",
    )


def _symbols_of(task: TaskRecipe, scene: SceneRecipe) -> dict[str, Any]:
    """Return the keys of a scene of one's own, whatever its label, whose symbols are to be read."""
    grid_of(scene.named(task.name), cut=False)
    images = (
        None if task.per_label or task.without_glyph_reuse else min(task.images or IMAGES, IMAGES)
    )
    return {
        "scene": {**scene.model_dump(), "rule": "digits", "digits": 1, "signs": ()},
        "per_label": task.per_label and min(task.per_label, PER_LABEL),
        "images": images,
    }
