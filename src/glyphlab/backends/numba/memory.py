"""NumPy arrays that begin on a cache line, so that no vector straddles two of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["room", "round_up", "zeros"]

_LINE = 16
"""Floats of a cache line."""


def round_up(count: int, to: int) -> int:
    """Return the least multiple of `to` that is no less than `count`."""
    return (count + to - 1) // to * to


def zeros(*shape: int) -> NDArray[np.float32]:
    """Return zeros that begin on a cache line."""
    result = room(*shape)
    result[...] = 0
    return result


def room(*shape: int) -> NDArray[np.float32]:
    """Return room that begins on a cache line, whatever is in it: memory is not touched for it."""
    count = math.prod(shape)
    raw = np.empty(count + _LINE, np.float32)
    ahead = -raw.ctypes.data % (4 * _LINE) // 4
    return raw[ahead : ahead + count].reshape(shape)
