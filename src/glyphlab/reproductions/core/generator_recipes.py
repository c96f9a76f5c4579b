"""Recipes of the generators that stand behind rows."""

from __future__ import annotations

from glyphlab.recipes import GeneratorRecipe
from glyphlab.recipes.generator_presets import GeneratorEntry, generator_recipe
from glyphlab.reproductions.core.reproduction import Scale
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["scaled_generator"]

LEAST = 128
"""Real images that a training shows at least."""
SAMPLES = {"smoke": 200}
"""Samples of the evaluation at the end, where they are fewer than usual."""


def scaled_generator(
    entry: GeneratorEntry, task: TaskRecipe, scale: Scale, seed: int
) -> GeneratorRecipe:
    """Return the recipe of a generator at a scale.

    Parameters
    ----------
    entry : GeneratorEntry
    task : TaskRecipe
        Real images.
    scale : Scale
        How much of the training.
    seed : int
    """
    whole = int(entry.training["images"])
    images = max(LEAST, min(round(whole * scale.generated), scale.generated_most))
    changes = [f"training.images={images}"]
    if scale.name in SAMPLES:
        fewer = SAMPLES[scale.name]
        changes += [f"evaluation.samples={fewer}", f"evaluation.epoch_samples={fewer}"]
    return generator_recipe(entry, task, seed=seed, overrides=changes)
