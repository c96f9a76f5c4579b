"""Images from a finished run of a generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RunError
from glyphlab._common.seeds import torch_rng
from glyphlab.models.generators.nets_by_name import Generator, build_pair
from glyphlab.recipes import GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import unreadable
from glyphlab.training.evaluation.sampling import draw_samples, fixed_noise

__all__ = ["draw_symbols", "load_generator"]


def load_generator(run: Run) -> tuple[GeneratorRecipe, Generator]:
    """Return the recipe of a finished run, and its generator in evaluation mode.

    Raises
    ------
    RunError
        Where the run is not finished, or no generator's.
    """
    classes = len(run.generator_summary.scores.classes)
    recipe = GeneratorRecipe.from_mapping(run.recipe, str(run.path))
    height, width = run.load_predictions()["walk"].shape[2:]
    try:
        generator, _ = build_pair(
            recipe.model, classes, height, width, torch_rng(recipe.seed, "init"), recipe.planes
        )
        generator.load_state_dict(run.load_tensors("model.safetensors"))
    except RuntimeError as error:
        raise unreadable(run.path / "model.safetensors", "weights of another generator") from error
    return recipe, generator.eval()


def draw_symbols(run: Run, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return pictures ``(n, h, w)`` of these symbols ``(n,)``, drawn by the run's seed.

    Raises
    ------
    RunError
        Where the generator is not conditional.
    """
    recipe, generator = load_generator(run)
    if not recipe.model.conditional:
        raise RunError(
            f"{run.name} is not conditional, so that its samples have no labels: take a "
            "generator with model.conditional = true, such as 'small'"
        )
    noise = fixed_noise(recipe.model.latent, len(labels), recipe.seed, "drawn")
    return draw_samples(generator, noise, labels)
