"""What compiled code can do, asked for in one place: nothing else knows what compiled it."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.backends.shards import Shards

__all__ = [
    "ACTIVATIONS",
    "COMPILED",
    "OPTIMIZERS",
    "PLAIN",
    "ConvPass",
    "Floats",
    "Indices",
    "Kernels",
    "Perceptron",
    "compiled",
    "reason_against",
    "working_seconds",
]

COMPILED, PLAIN = "numba", "torch"
"""How an engine's record names compiled loops, and what runs without them."""
ACTIVATIONS = ("relu", "tanh", "sigmoid")
"""Of a `Perceptron`."""
OPTIMIZERS = ("sgd", "adam", "adamw", "nadam", "rmsprop")
"""Of a `Perceptron`."""
_VARIABLE = "GLYPHLAB_BACKEND"
_EXTRA = "pip install 'glyphlab[fast]'"
_NEWER = f"pip install --upgrade {COMPILED}"

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


class Perceptron(Protocol):
    """Weights of dense layers, with all that an epoch of training needs beside them.

    Attributes
    ----------
    params : flat float32
        All weights, in an order of the backend's own; written to, it is another state.
    """

    params: Floats

    def load(self, layers: Sequence[tuple[Floats, Floats]]) -> None:
        """Take kernels ``(outputs, inputs)`` and biases ``(outputs,)``."""

    def layers(self) -> list[tuple[Floats, Floats]]:
        """Return copies of kernels ``(outputs, inputs)`` and biases ``(outputs,)``."""

    def penalty(self, l1: float, l2: float) -> float:
        """Return ``l1 sum |w| + l2 sum w^2`` over the kernels."""

    def train_epoch(
        self, images: NDArray[Any], targets: Indices, batches: Sequence[Indices],
        rates: NDArray[np.float64], classes: int, activation: str, smoothing: float,
        optimizer: str, settings: NDArray[np.float64], done: int,
    ) -> tuple[float, int, int]:  # fmt: skip
        """Train on every batch once.

        Parameters
        ----------
        images : (n, pixels) uint8, read as 0..1, or float32
        targets : (n, heads) int64
        batches : sequence of int64 arrays
            The rows of each.
        rates : (batches,) float64
        classes, smoothing : of a head; of the labels
        activation, optimizer : of `ACTIVATIONS` and `OPTIMIZERS`
        settings : (7,) float64
            Weight decay, l1, l2, momentum, 1 for Nesterov's, epsilon; and 1 at first, which the
            optimiser moves on.
        done : int
            Steps before this epoch.

        Returns
        -------
        loss, correct, batches : float, int, int
            Summed losses, rows right at every head, and batches done: fewer where the loss is no
            number.
        """

    def probabilities(
        self, images: NDArray[Any], rows: Indices, heads: int, classes: int,
        activation: str,
    ) -> Floats:  # fmt: skip
        """Return the probabilities ``(len(rows), heads, classes)`` of those rows of `images`."""


class ConvPass(Protocol):
    """Loss and gradients of a batch, there and back through convolutions and dense layers."""

    def takes(self, images: Tensor, targets: Tensor) -> bool:
        """Whether `gradients` is for this batch: pixels as it reads them, no target left out."""

    def gradients(
        self, shards: Shards, images: Tensor, targets: Tensor, smoothing: float
    ) -> tuple[float, int]:
        """Set ``.grad`` of the parameters; return the mean loss, and how many rows were right."""


class Kernels(Protocol):
    """Compiled loops that hold no lock, over contiguous float32 on the processor.

    Maps are channels last. ``where`` is uint8 of the shape of ``out``: which pixel of each window
    was the first largest, and 4 where ReLU lets no gradient through.
    """

    def first_forward(
        self, images: Any, weight: Floats, bias: Floats, out: Floats, where: Any
    ) -> None:
        """Convolve, pool, rectify ``images (n, H, W)`` by ``weight (9, 32)`` into `out`."""

    def first_backward(
        self, images: Any, grad: Floats, where: Any, weight: Floats, bias: Floats
    ) -> None:
        """Add the gradients of `first_forward` to ``weight (9, 32)`` and ``bias (32,)``."""

    def pool_forward(self, full: Floats, bias: Floats, out: Floats, where: Any) -> None:
        """Pool, shift and rectify ``full (n, H, W, c)`` into ``out (n, H // 2, W // 2, c)``."""

    def weight_backward(
        self, image: Floats, grad: Floats, where: Any, weight: Floats, bias: Floats
    ) -> None:
        """Add the gradients of convolution, pool and ReLU to ``weight (c, 288)``, ``bias (c,)``."""

    def image_backward(self, weight: Floats, grad: Floats, where: Any, out: Floats) -> None:
        """Write into ``out (n, H, W, 32)`` the gradient by the input of the same."""

    def patches_of(self, image: Floats, out: Floats) -> None:
        """Copy every 3x3 patch of ``image (n, h, w, c)`` to a row of `out`."""

    def patches_backward(self, grad: Floats, out: Floats) -> None:
        """Write into ``out (n, h, w, c)`` the gradient by the image of `patches_of`."""

    def conv_pass(
        self, parameters: Sequence[Tensor], height: int, width: int, heads: int, classes: int
    ) -> ConvPass:
        """Return the pass over parameters that are read where they lie.

        Kernel and bias of each layer in turn: valid 3x3 convolutions of 1 to 32, 32 to 64 and 64
        to 64 channels, the first two with a 2x2 max-pool, and two dense layers; ReLU between them.
        """

    def adam_step(
        self, pieces: Sequence[Sequence[Tensor]], settings: NDArray[np.float64], shards: Shards
    ) -> None:
        """Step parameters in place, every thread its share of all values.

        `pieces` are parameter, gradient and both moments, laid out alike; a row of ``settings (n,
        5)`` is rate, weight decay, epsilon, number of the step from 1, and 1 where the decay is
        apart.
        """

    def sparse_product(
        self, starts: Tensor, indices: Tensor, values: Tensor, dense: Tensor, edges: Sequence[int]
    ) -> Tensor:
        """Return compressed rows (int32, int32, float32) times ``dense (features, columns)``.

        Rows between two `edges` are one thread's.
        """

    def perceptron(self, sizes: Sequence[int]) -> Perceptron:
        """Return a perceptron of zeros: pixels, units of each hidden layer, outputs."""


def reason_against() -> str:
    """Return why nothing compiled runs here, with the remedy; empty where it does.

    ``GLYPHLAB_BACKEND=torch`` takes it out of use, ``numba`` insists on it.

    Raises
    ------
    UnknownName
        For any other value of that variable.
    UsageError
        Where it insists on what is not installed, or cannot be imported.
    """
    wanted = os.environ.get(_VARIABLE, "")
    if wanted not in ("", COMPILED, PLAIN):
        raise UnknownName(f"{_VARIABLE}", wanted, (COMPILED, PLAIN))
    if wanted == PLAIN:
        return f"{_VARIABLE} is '{PLAIN}' (unset it for compiled loops)"
    against, remedy = "is not installed", _EXTRA
    if _installed():
        failure = _failure()
        if not failure:
            return ""
        against, remedy = f"cannot be imported: {failure}", _NEWER
    if wanted:
        raise UsageError(
            f"{_VARIABLE} is '{wanted}', and {COMPILED} {against}: {remedy}, or unset it"
        )
    return f"{COMPILED} {against} ({remedy})"


def compiled() -> Kernels | None:
    """Return the compiled loops, or None where `reason_against` has one.

    Whoever gets None computes the same with PyTorch, to rounding. Nothing is imported before one of
    the two is called.
    """
    return None if reason_against() else _kernels()


def working_seconds() -> float:
    """Return a clock that stands still while loops are compiled, as at their first call.

    Only differences of it mean something.
    """
    counted = sys.modules.get("glyphlab.backends.numba.compile_time")
    return time.perf_counter() - (counted.compile_seconds() if counted else 0.0)


@functools.cache
def _installed() -> bool:
    return importlib.util.find_spec(COMPILED) is not None


@functools.cache
def _failure() -> str:
    """Return in a line why the loops cannot be imported, tried once; empty where they can.

    A release of the compiler refuses versions of NumPy that are newer than itself.
    """
    try:
        _kernels()
    except (ImportError, OSError, SystemError) as error:  # also of libraries that do not load
        lines = str(error).strip().splitlines()
        return lines[0].rstrip(".") if lines else type(error).__name__
    return ""


@functools.cache
def _kernels() -> Kernels:
    kernels: Any = importlib.import_module("glyphlab.backends.numba.kernels")
    return kernels  # type: ignore[no-any-return]
