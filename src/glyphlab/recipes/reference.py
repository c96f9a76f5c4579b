"""The classifier that samples of a task's generators are held against."""

from __future__ import annotations

from glyphlab.compose.recipe import TaskRecipe
from glyphlab.recipes.classifier import Recipe
from glyphlab.recipes.presets import FAST_TRAINING

__all__ = ["reference_recipe"]

PER_LABEL = 30
"""Most images a label that a reference classifier of several symbols is trained on."""


def reference_recipe(task: TaskRecipe) -> Recipe:
    """Return the recipe of a reference classifier: the fast net, one shared head on cells."""
    whole = task.name != "single"
    return Recipe.from_mapping(
        {
            "name": "judge",
            "task": {
                **task.model_dump(),
                "labels": "shared" if whole else None,  # it reads labels that a generator never saw
                "glyphs": None,
                "as_published": False,
                "per_label": min(task.per_label or PER_LABEL, PER_LABEL) if whole else None,
                "train_images": None,
                "per_class": None,
                "replaced": None,
                "withhold_test": False,
                "seed": 0,
                "square": 0,
            },
            "model": {"strategy": "aligned", "net": "fast", "channels": 32},
            "training": {**FAST_TRAINING, "epochs": 4, "optimizer": "muon"},
            "seed": 1_000,
        },
        "judge",
    )
