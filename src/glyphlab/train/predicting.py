"""A finished run reads image files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import nn

from glyphlab.compose import Scene
from glyphlab.errors import DataError, DataMissing, RunError, UsageError
from glyphlab.models.strategies import Strategy, Whole, make_strategy
from glyphlab.runs import Run
from glyphlab.train.classical import load_classical, read_classical
from glyphlab.train.execute import make_net
from glyphlab.train.infer import read
from glyphlab.train.recipe import Recipe

__all__ = ["load_net", "load_strategy", "predict"]


def predict(run_dir: Path, images: Sequence[Path]) -> list[dict[str, Any]]:
    """Read image files with the model of a finished run.

    Parameters
    ----------
    run_dir : Path
        A run folder with its ``done``.
    images : sequence of Path
        Grey-scale images of the size the model was trained on, ink bright on black.

    Returns
    -------
    list of dict
        ``path``, ``label`` (text), ``symbols`` (list of int), ``confidence`` in 0..1.

    Raises
    ------
    DataMissing, DataError
        For a file that is missing, is no image, or has another size.
    UsageError
        For a run that reads nothing, as a generator's.
    RunError
        Where the run is not finished or does not fit its model.
    """
    run = Run.load(run_dir)
    if run.summary.get("kind") == "gan":
        raise UsageError(f"{run.name} is a generator, which reads nothing: name a run of a model")
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    state = run.summary["strategy_state"]
    strategy = load_strategy(run)
    pixels = np.stack([_pixels(path, state["height"], state["width"]) for path in images])
    if recipe.model.net == "classical":
        reading = read_classical(load_classical(run), strategy, pixels)
    else:
        reading = read(load_net(run), strategy, pixels, views=recipe.model.views)
    return [
        {
            "path": path,
            "label": "".join(map(str, row)),
            "symbols": row,
            "confidence": float(confidence),
        }
        for path, row, confidence in zip(
            images, reading.labels.tolist(), reading.confidence, strict=True
        )
    ]


def load_net(run: Run) -> nn.Module:
    """Return the net of a finished run, with the weights that were selected, on the CPU.

    Raises
    ------
    RunError
        Where the weights do not fit the recipe.
    """
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    state = run.summary["strategy_state"]
    net = make_net(recipe, load_strategy(run), state["height"], state["width"])
    try:
        net.load_state_dict(run.load_tensors("model.safetensors"))
    except RuntimeError as error:
        raise RunError(
            f"the weights in {run.path} do not fit their recipe: remove the run with "
            "'glyphlab runs rm' and train it again"
        ) from error
    return net


def load_strategy(run: Run) -> Strategy:
    """Return how a finished run's model meets the label."""
    name, state = str(run.summary["strategy"]), run.summary["strategy_state"]
    if name == "whole":
        long = any(isinstance(one, str) for label in state["known"] for one in label)
        return Whole(tuple(tuple(map(int, label)) for label in state["known"]), long)
    scene = None if state.get("scene") is None else Scene(**state["scene"])
    nothing = np.zeros((1, state["positions"]), np.int64)
    return make_strategy(name, nothing, state["symbols"], scene)


def _pixels(path: Path, height: int, width: int) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("L"))
    except FileNotFoundError as error:
        raise DataMissing(f"no image at {path}: name a file that is there") from error
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"{path} is no image that can be read: give a PNG or similar") from error
    if pixels.shape != (height, width):
        raise DataError(
            f"{path} is {pixels.shape[0]}×{pixels.shape[1]} pixels, but this model was trained on "
            f"{height}×{width}: scale or crop it to that size"
        )
    return pixels
