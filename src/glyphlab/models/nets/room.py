"""Weights that no memory holds are refused before any room is made for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from glyphlab._common.machine import require_memory

__all__ = ["RoomForWeights"]

_MADE = {torch.empty, torch.ones, torch.rand, torch.randn, torch.zeros}
BYTES = 8
"""Of a weight in training, at least: itself and its gradient, each in float32."""


class RoomForWeights(TorchFunctionMode):
    """Counts the tensors that are made within it, and refuses one that does not fit.

    Parameters
    ----------
    advice : str
        What to ask for instead.

    Raises
    ------
    UsageError
        With the memory that the weights so far would take.
    """

    def __init__(self, advice: str) -> None:
        super().__init__()
        self._advice, self._weights = advice, 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make a tensor, if there is room for it."""
        del types
        if func in _MADE:
            self._weights += _count(kwargs["size"] if kwargs and "size" in kwargs else args)
            require_memory(BYTES * self._weights, f"{self._weights:,} weights", self._advice)
        return func(*args, **(kwargs or {}))


def _count(size: Sequence[Any]) -> int:
    """Return how many numbers a tensor of that size has, given as one sequence or one by one."""
    if len(size) == 1 and isinstance(size[0], Sequence):
        size = size[0]
    return math.prod(int(length) for length in size)
