"""When the compiled loops can run, and how tensors are handed to them."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

__all__ = [
    "arrays",
    "available",
    "channels_last",
    "is_plain_float32",
    "loops",
    "passes",
    "perceptrons",
    "steppers",
]


@functools.cache
def available() -> bool:
    """Whether the compiled loops are there: ``pip install 'glyphlab[fast]'`` brings numba.

    Without them the functions of this package give the same results through torch's own.
    """
    return importlib.util.find_spec("numba") is not None


@functools.cache
def loops() -> ModuleType:
    """Return the compiled loops; numba is imported no earlier."""
    return importlib.import_module("glyphlab.backends.numba.compiled")


@functools.cache
def passes() -> ModuleType:
    """Return the compiled passes through a whole net; numba is imported no earlier."""
    return importlib.import_module("glyphlab.backends.numba.passes")


@functools.cache
def perceptrons() -> ModuleType:
    """Return the compiled epochs of multilayer perceptrons; numba is imported no earlier."""
    return importlib.import_module("glyphlab.backends.numba.perceptron")


@functools.cache
def steppers() -> ModuleType:
    """Return the compiled steps of optimisers; numba is imported no earlier."""
    return importlib.import_module("glyphlab.backends.numba.steps")


def is_plain_float32(*tensors: Tensor) -> bool:
    """Whether all are non-empty float32 on the processor, and no autocast wants another type."""
    return not torch.is_autocast_enabled("cpu") and all(
        t.device.type == "cpu" and t.dtype == torch.float32 and t.numel() > 0 for t in tensors
    )


def channels_last(x: Tensor) -> Tensor:
    """Return ``(n, c, h, w)`` as contiguous ``(n, h, w, c)``, a view where memory is so already."""
    return x.permute(0, 2, 3, 1).contiguous()


def arrays(*tensors: Tensor) -> list[Any]:
    """Return the tensors as NumPy arrays over the same memory."""
    return [(t.detach() if t.requires_grad else t).numpy() for t in tensors]
