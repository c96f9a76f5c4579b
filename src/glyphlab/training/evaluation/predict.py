"""A finished run reads image files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from glyphlab._common.errors import DataError, GlyphlabError, NoSuchPath, RunError, UsageError
from glyphlab._common.registry import STRATEGIES
from glyphlab._common.untrusted import Absent, read_gray
from glyphlab.data.class_names import label_text
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.runs.documents import removal
from glyphlab.training.evaluation.inference import read
from glyphlab.training.initial_net import make_net
from glyphlab.training.trainers.sklearn_fit import load_classical, read_classical

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
        ``path``, ``label`` (text, in class names), ``symbols`` (list of int), ``confidence`` in
        0..1.

    Raises
    ------
    NoSuchPath, DataError
        For a file that is missing, is no image, or has another size.
    UsageError
        For a run that reads nothing, as a generator's.
    RunError
        Where the run is not finished or does not fit its model.
    """
    run = Run.load(run_dir)
    if isinstance(run.summary, GeneratorSummary):
        raise UsageError(f"{run.name} is a generator, which reads nothing: name a run of a model")
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    state, names = run.classifier_summary.strategy_state, run.classifier_summary.names
    pixels = np.stack([_pixels(path, state.height, state.width) for path in images])
    with _fitting(run):
        strategy = load_strategy(run)
        if recipe.model.is_estimator:
            predictions = read_classical(load_classical(run), strategy, pixels)
        else:
            predictions = read(load_net(run), strategy, pixels, views=recipe.model.test_views)
    return [
        {
            "path": path,
            "label": label_text(row, names),
            "symbols": row,
            "confidence": float(confidence),
        }
        for path, row, confidence in zip(
            images, predictions.labels.tolist(), predictions.confidence, strict=True
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
    state = run.classifier_summary.strategy_state
    with _fitting(run):
        net = make_net(recipe, load_strategy(run), state.height, state.width)
        net.load_state_dict(run.load_tensors("model.safetensors"))
    return net


def load_strategy(run: Run) -> Strategy:
    """Return how a finished run's model meets the label."""
    summary = run.classifier_summary
    kind: type[Strategy] = STRATEGIES.load(summary.strategy)
    return kind.rebuild(summary.strategy_state)


@contextlib.contextmanager
def _fitting(run: Run) -> Iterator[None]:
    """Turn what libraries say of weights that do not fit their recipe and summary into one line."""
    try:
        yield
    except GlyphlabError:
        raise
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        raise RunError(
            f"the weights in {run.path} do not fit their recipe: remove the run with "
            f"`{removal(run.path)}` and train it again"
        ) from error


def _pixels(path: Path, height: int, width: int) -> NDArray[np.uint8]:
    try:
        pixels = read_gray(path).pixels
    except Absent as error:
        raise NoSuchPath(f"no image at {path}: name a file that is there") from error
    if pixels.shape != (height, width):
        raise DataError(
            f"{path} is {pixels.shape[0]}×{pixels.shape[1]} pixels, but this model was trained on "
            f"{height}×{width}: scale or crop it to that size"
        )
    return pixels
