"""Images from a finished run of a generator, as it was at its end or at an evaluation before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import nn

from glyphlab._common.errors import RunError
from glyphlab._common.seeds import torch_rng
from glyphlab.models.generators.nets_by_name import Generator, build_pair
from glyphlab.recipes import GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import unreadable
from glyphlab.training.evaluation.sampling import draw_samples, fixed_noise

__all__ = ["draw_symbols", "keep_weights", "kept_epochs", "load_generator"]

FOLDER = "weights"


def keep_weights(run: Run, epoch: int, generator: nn.Module) -> None:
    """Write a generator's weights as they are at the evaluation of an epoch."""
    (run.path / FOLDER).mkdir(exist_ok=True)
    run.save_tensors(_file(epoch), generator.state_dict())


def kept_epochs(run: Run) -> list[int]:
    """Return the epochs whose weights a run has kept, in their order."""
    files = (run.path / FOLDER).glob("[0-9]*.safetensors")
    return sorted(int(file.stem) for file in files if file.stem.isdecimal())


def _file(epoch: int) -> str:
    return f"{FOLDER}/{epoch:04d}.safetensors"


def load_generator(run: Run, epoch: int | None = None) -> tuple[GeneratorRecipe, Generator]:
    """Return the recipe of a finished run, and its generator in evaluation mode.

    Parameters
    ----------
    run : Run
    epoch : int, optional
        Take the weights of its evaluation, where the run has kept them (evaluation.keep_weights);
        those that were selected otherwise.

    Raises
    ------
    RunError
        Where the run is not finished, or no generator's, or has not kept these weights.
    """
    kept = kept_epochs(run)
    if epoch is not None and epoch not in kept:
        there = f"of epochs {kept[0]} to {kept[-1]}" if kept else "of no epoch"
        raise RunError(
            f"{run.name} has kept weights {there}, not of epoch {epoch}: choose another, or train "
            "with evaluation.keep_weights = true"
        )
    file = "model.safetensors" if epoch is None else _file(epoch)
    classes = len(run.generator_summary.scores.classes)
    recipe = GeneratorRecipe.from_mapping(run.recipe, str(run.path))
    height, width = run.load_predictions()["walk"].shape[2:]
    try:
        generator, _ = build_pair(
            recipe.model, classes, height, width, torch_rng(recipe.seed, "init"), recipe.planes
        )
        generator.load_state_dict(run.load_tensors(file))
    except RuntimeError as error:
        raise unreadable(run.path / file, "weights of another generator") from error
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
