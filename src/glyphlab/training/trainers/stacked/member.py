"""One perceptron of a stack: its epochs, its weights to and from a net."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab.backends import COMPILED, compiled, working_seconds
from glyphlab.metrics import exact_match
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.optim.keras_optimizers import KERAS_EPSILON
from glyphlab.optim.optimizers import TORCH_EPSILON
from glyphlab.optim.schedule import rate_factor
from glyphlab.recipes import TrainingRecipe
from glyphlab.recipes.architecture import parse_layers
from glyphlab.runs.engine import Engine
from glyphlab.training.batches import batch_count, batches
from glyphlab.training.selection import Selection
from glyphlab.training.trainers.gradient.divergence import diverged, require_finite
from glyphlab.training.trainers.gradient.loop import FitResult

__all__ = ["ENGINE", "Rows", "fit_perceptron"]

ENGINE = Engine("cpu", "float32", 1, COMPILED)
"""What every member trains on: a thread of its own."""
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Which images, and what is wanted of them.

    Attributes
    ----------
    images : (n, pixels) uint8 or float32
        Shared by all members, strips where the strategy cuts.
    targets : (n, heads) int64
    rows : (m,) int64
        Those that count.
    labels : (m / parts, k) int64
        The labels of those rows.
    """

    images: NDArray[Any]
    targets: NDArray[np.int64]
    rows: NDArray[np.int64]
    labels: Labels


def fit_perceptron(
    net: nn.Module,
    layers: tuple[str, ...],
    activation: str,
    strategy: Strategy,
    training: Rows,
    settings: TrainingRecipe,
    seed: int,
    validation: Rows | None,
    stopped: Callable[[], bool],
) -> tuple[FitResult, dict[str, Tensor]]:
    """Train one member as `fit_net` would have trained its net.

    Parameters
    ----------
    net : torch.nn.Module
        Holds the first weights, and is left as it is.
    layers, activation : as in `LayersNet`
    training, validation : Rows
    settings, seed : as in `fit_net`
    stopped : callable
        Asked after every epoch.

    Raises
    ------
    TrainingDiverged
        Where the loss is not finite.
    KeyboardInterrupt
        Where `stopped` says so.
    """
    units = [layer.size for layer in parse_layers(layers)]
    pixels = training.images.shape[1]
    kernels = compiled()
    assert kernels is not None  # nothing is stacked without
    model = kernels.perceptron((pixels, *units, strategy.heads * strategy.classes))
    model.load(_linears(net))
    epsilon = TORCH_EPSILON if settings.optimizer == "adamw" else KERAS_EPSILON
    chosen = np.array(
        [settings.weight_decay, settings.l1, settings.l2, settings.momentum,
         settings.nesterov, epsilon, 1.0]
    )  # fmt: skip
    steps = batch_count(len(training.rows), settings.batch_size)
    total = steps * settings.epochs
    history: list[dict[str, Any]] = []
    best, selection, spent = None, Selection(), 0.0
    for epoch in range(settings.epochs):
        if settings.patience is not None and selection.waited >= settings.patience:
            break
        if stopped():
            raise KeyboardInterrupt
        started = working_seconds()
        parts = list(batches(len(training.rows), settings.batch_size, seed, epoch))
        rates = settings.learning_rate * np.array(
            [
                rate_factor(settings.schedule, (epoch * steps + b + 0.5) / total)
                for b in range(steps)
            ]
        )
        loss, correct, done = model.train_epoch(
            training.images,
            training.targets,
            [training.rows[part.numpy()] for part in parts],
            rates,
            strategy.classes,
            activation,
            settings.label_smoothing,
            settings.optimizer,
            chosen,
            epoch * steps,
        )
        spent += working_seconds() - started
        if done < steps:
            place = f"epoch {epoch + 1}, batch {done + 1} of {steps}"
            raise diverged(loss, place, rates[done], settings, ENGINE.precision)
        row: dict[str, Any] = {
            "epoch": epoch + 1,
            "loss": loss / len(training.rows),
            "accuracy": correct / len(training.rows),
            "learning_rate": float(rates[-1]),
            "seconds": working_seconds() - started,
        }
        if validation is not None:
            probability = model.probabilities(
                validation.images, validation.rows, strategy.heads, strategy.classes, activation
            )
            row["val_loss"] = strategy.mean_loss(probability, validation.targets[validation.rows])
            if row["val_loss"] is not None:
                row["val_loss"] += model.penalty(settings.l1, settings.l2)
            require_finite(row, settings, ENGINE.precision)
            score = exact_match(strategy.decode(probability), validation.labels)
            row["val_exact_match"] = score
            selection = selection.take(score, epoch + 1)
            if selection.is_latest and settings.select == "best":
                best = model.params.copy()
        history.append(row)
    if best is not None:
        model.params[:] = best
    last = selection.epoch if best is not None else len(history)
    return FitResult(history, last, spent, ENGINE), _state_dict(model.layers())


def _linears(net: nn.Module) -> list[tuple[Floats, Floats]]:
    """Return kernel and bias of each dense layer."""
    return [
        (module.weight.detach().numpy(), module.bias.detach().numpy())
        for module in net.modules()
        if isinstance(module, nn.Linear)
    ]


def _state_dict(layers: Sequence[tuple[Floats, Floats]]) -> dict[str, Tensor]:
    """Return the weights under the names that `LayersNet` has for them."""
    result: dict[str, Tensor] = {}
    for number, (weight, bias) in enumerate(layers, 1):
        name = f"dense{number}" if number < len(layers) else "out"
        result[f"{name}.weight"] = torch.from_numpy(weight)
        result[f"{name}.bias"] = torch.from_numpy(bias)
    return result
