"""Recipes of the generators that stand behind rows."""

from __future__ import annotations

from glyphlab.recipes import GanRecipe
from glyphlab.recipes.generator_presets import gan_entry, gan_recipe
from glyphlab.reproductions.core.reproduction import Scale
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["generator_recipe"]

LEAST = 128
"""Real images that a training shows at least."""
SAMPLES = {"smoke": 200}
"""Images that are judged at the end, where they are fewer than usual."""


def generator_recipe(name: str, task: TaskRecipe, scale: Scale, seed: int) -> GanRecipe:
    """Return the recipe of a generator at a scale.

    Parameters
    ----------
    name : str
        That `glyphlab.recipes.generator_presets.gan_entry` knows.
    task : TaskRecipe
        Real images.
    scale : Scale
        How much of the training.
    seed : int
    """
    whole = int(gan_entry(name).play["images"])
    images = max(LEAST, min(round(whole * scale.generated), scale.generated_most))
    changes = [f"play.images={images}"]
    if scale.name in SAMPLES:
        fewer = SAMPLES[scale.name]
        changes += [f"evaluation.samples={fewer}", f"evaluation.epoch_samples={fewer}"]
    return gan_recipe(name, task, seed=seed, overrides=changes)
