"""One perceptron of a stack: its memory, its epochs, its weights to and from a net."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab.backends.numba import perceptrons
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

__all__ = ["ENGINE", "KINDS", "Perceptron", "Rows", "fit_perceptron"]

KINDS = ("sgd", "adam", "adamw", "nadam", "rmsprop")
"""Optimisers by the number that the compiled loops know them by."""
ENGINE = Engine("cpu", "float32", 1, "numba")
"""What every member trains on: a thread of its own."""
_ACTIVATIONS = ("relu", "tanh", "sigmoid")
_LANES, _ROWS = 16, 8
_ALIGNED = 64
"""Bytes of a cache line: vectors must not straddle two of them."""


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


class Perceptron:
    """Weights, gradients, optimiser state and buffers in the layout of the compiled loops.

    Parameters
    ----------
    sizes : tuple of int
        Pixels, units of each layer, outputs.
    """

    def __init__(self, sizes: tuple[int, ...]) -> None:
        self.sizes = np.asarray(sizes, np.int64)
        shapes = list(itertools.pairwise(sizes))
        total = sum((_up(inputs, _ROWS) + 1) * _up(outputs, _LANES) for inputs, outputs in shapes)
        chunk = int(perceptrons().CHUNK)
        widest = chunk * max(_up(size, _LANES) for size in sizes[1:])
        turned = max(_up(inputs, _LANES) * outputs for inputs, outputs in shapes[1:] or [(0, 0)])
        self.params = _aligned(total)
        self.state = _aligned(3, total)
        self.x = _aligned(chunk, _uneven(_up(sizes[0], _ROWS)))
        self.values, self.deltas = _aligned(len(shapes), widest), _aligned(len(shapes), widest)
        self.turned = _aligned(len(shapes), turned)

    def load(self, net: nn.Module) -> None:
        """Take the weights of a net of dense layers."""
        linears = [module for module in net.modules() if isinstance(module, nn.Linear)]
        for (kernel, bias), linear in zip(self._layers(), linears, strict=True):
            weight = linear.weight.detach().numpy()
            for start, panel in kernel:
                part = weight[start : start + panel.shape[1]].T
                panel[: part.shape[0], : part.shape[1]] = part
            bias[: len(weight)] = linear.bias.detach().numpy()

    def state_dict(self) -> dict[str, Tensor]:
        """Return the weights under the names that `LayersNet` has for them."""
        result: dict[str, Tensor] = {}
        for layer, (kernel, bias) in enumerate(self._layers()):
            inputs, outputs = self.sizes[layer : layer + 2]
            name = f"dense{layer + 1}" if layer < len(self.sizes) - 2 else "out"
            weight = np.concatenate([panel for _, panel in kernel], 1)[:inputs, :outputs].T
            result[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(weight))
            result[f"{name}.bias"] = torch.from_numpy(bias[:outputs].copy())
        return result

    def penalty(self, l1: float, l2: float) -> float:
        """Return the penalty of the kernels as they stand."""
        panels = [panel for kernel, _ in self._layers() for _, panel in kernel] if l1 or l2 else []
        return sum(
            l1 * float(np.abs(panel).sum()) + l2 * float(np.square(panel).sum()) for panel in panels
        )

    def _layers(
        self,
    ) -> list[tuple[list[tuple[int, NDArray[np.float32]]], NDArray[np.float32]]]:
        """Return views: a layer's panels, each with its first output, and its biases."""
        layers, at = [], 0
        for inputs, outputs in zip(self.sizes[:-1], self.sizes[1:], strict=True):
            height, width = _up(int(inputs), _ROWS), _up(int(outputs), _LANES)
            panels = []
            for start in range(0, width, 2 * _LANES):
                wide = min(2 * _LANES, width - start)
                flat = self.params[at + start * height : at + (start + wide) * height]
                panels.append((start, flat.reshape(height, wide)))
            at += height * width
            layers.append((panels, self.params[at : at + width]))
            at += width
        return layers


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
    model = Perceptron((pixels, *units, strategy.heads * strategy.classes))
    model.load(net)
    kind = _ACTIVATIONS.index(activation)
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
        started = time.perf_counter()
        parts = list(batches(len(training.rows), settings.batch_size, seed, epoch))
        rates = settings.learning_rate * np.array(
            [
                rate_factor(settings.schedule, (epoch * steps + b + 0.5) / total)
                for b in range(steps)
            ]
        )
        loss, correct, done = perceptrons().train_epoch(
            *_bytes_and_floats(training.images),
            training.targets,
            training.rows[torch.cat(parts).numpy()],
            np.cumsum([0, *map(len, parts)]),
            rates,
            model.sizes,
            strategy.classes,
            kind,
            settings.label_smoothing,
            KINDS.index(settings.optimizer),
            chosen,
            epoch * steps,
            model.params,
            model.state,
            model.x,
            model.values,
            model.deltas,
            model.turned,
        )
        spent += time.perf_counter() - started
        if done < steps:
            place = f"epoch {epoch + 1}, batch {done + 1} of {steps}"
            raise diverged(loss, place, rates[done], settings, ENGINE.precision)
        row: dict[str, Any] = {
            "epoch": epoch + 1,
            "loss": loss / len(training.rows),
            "accuracy": correct / len(training.rows),
            "learning_rate": float(rates[-1]),
            "seconds": time.perf_counter() - started,
        }
        if validation is not None:
            probability = _read(model, strategy, kind, validation)
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
    return FitResult(history, last, spent, ENGINE), model.state_dict()


def _read(
    model: Perceptron, strategy: Strategy, kind: int, validation: Rows
) -> NDArray[np.float32]:
    """Return class probabilities ``(m, heads, classes)``."""
    count, heads, classes = len(validation.rows), strategy.heads, strategy.classes
    out = np.empty((count, heads * classes), np.float32)
    perceptrons().evaluate(
        *_bytes_and_floats(validation.images), validation.rows, model.sizes, heads, classes,
        kind, model.params, model.x, model.values, out,
    )  # fmt: skip
    return out.reshape(count, heads, classes)


def _bytes_and_floats(
    images: NDArray[Any],
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the images under the type that they have, and none under the other."""
    none = (0, images.shape[1])
    if images.dtype == np.uint8:
        return images, np.empty(none, np.float32)
    return np.empty(none, np.uint8), images


def _up(count: int, to: int) -> int:
    return -(-count // to) * to


def _uneven(width: int) -> int:
    """Return a row length whose multiples do not all fall on the same few cache lines."""
    return width if width % 512 else width + _LANES


def _aligned(*shape: int) -> NDArray[np.float32]:
    """Return zeros that begin on a cache line."""
    count, spare = math.prod(shape), _ALIGNED // 4
    flat = np.zeros(count + spare, np.float32)
    start = (-flat.ctypes.data % _ALIGNED) // 4
    return flat[start : start + count].reshape(shape)
