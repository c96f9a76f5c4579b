"""What a scikit-learn user gives, in the form that the engine trains on, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.errors import UsageError
from glyphlab.models import Whole

__all__ = ["LabelCode", "as_images", "flattened", "image_shape_of", "marginals"]


@dataclass(frozen=True)
class LabelCode:
    """Labels of any sortable kind as numbers.

    Attributes
    ----------
    alphabet : (symbols,) array
        Every symbol that training has seen, sorted, whatever its position.
    positions : int
        Columns k of the labels; 1 for flat ones.
    flat : bool
        Whether labels have the shape ``(n,)`` instead of ``(n, k)``.
    """

    alphabet: NDArray[Any]
    positions: int
    flat: bool

    @classmethod
    def of(cls, labels: NDArray[Any]) -> LabelCode:
        """Make the code of training labels ``(n,)`` or ``(n, k)``."""
        flat = labels.ndim == 1
        return cls(np.unique(labels), 1 if flat else labels.shape[1], flat)

    @property
    def classes(self) -> NDArray[Any] | list[NDArray[Any]]:
        """The symbols, once for every position of ``(n, k)`` labels, as scikit-learn has them."""
        return self.alphabet if self.flat else [self.alphabet] * self.positions

    def encode(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Return numbers ``(n, k)``.

        Raises
        ------
        UsageError
            For labels of another shape, or with a symbol that training has not seen.
        """
        rows = labels.reshape(len(labels), -1)
        if rows.shape[1] != self.positions:
            raise UsageError(
                f"labels have {rows.shape[1]} positions, but training had {self.positions}: "
                "give labels of the same form"
            )
        strange = rows[~np.isin(rows, self.alphabet)]
        if len(strange):
            raise UsageError(
                f"label {strange.tolist()[0]!r} does not occur in training: leave such images out"
            )
        codes: NDArray[np.int64] = np.searchsorted(self.alphabet, rows).astype(np.int64)
        return codes

    def decode(self, codes: NDArray[np.int64]) -> NDArray[Any]:
        """Return labels in the form that training had, from numbers ``(n, k)``."""
        labels: NDArray[Any] = self.alphabet[codes]
        return labels[:, 0] if self.flat else labels


def flattened(X: ArrayLike) -> Any:
    """Return images ``(n, H, W)`` as rows ``(n, H * W)``, and anything else as it is."""
    if getattr(X, "ndim", 2) == 3:
        images = np.asarray(X)
        return images.reshape(len(images), math.prod(images.shape[1:]))
    return X


def image_shape_of(shape: tuple[int, ...], wanted: tuple[int, int] | None) -> tuple[int, int]:
    """Return height and width of the images in an array of shape ``(n, H, W)`` or ``(n, H * W)``.

    Flat rows have the shape that is wanted, else are squares where their length is a square
    number, else one line of pixels.

    Raises
    ------
    UsageError
        Where the wanted shape has another number of pixels.
    """
    if len(shape) == 3:
        return int(shape[1]), int(shape[2])
    pixels = int(shape[1])
    if wanted is not None:
        height, width = wanted
        if height * width != pixels:
            raise UsageError(
                f"rows have {pixels} values, but image_shape says {height}×{width}: "
                "set image_shape to the size of the images"
            )
        return height, width
    side = math.isqrt(pixels)
    return (side, side) if side * side == pixels else (1, pixels)


def as_images(rows: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Return rows of pixels as images ``(n, H, W)``: uint8 as it is, all else as float32."""
    if rows.dtype != np.uint8:
        rows = rows.astype(np.float32)
    return np.ascontiguousarray(rows.reshape(-1, *shape))


def marginals(joint: NDArray[np.float32], strategy: Whole, symbols: int) -> NDArray[np.float64]:
    """Sum whole-label probabilities into probabilities ``(n, k, symbols)`` of each position."""
    known = np.asarray(strategy.known)
    result = np.zeros((len(joint), known.shape[1], symbols))
    for position in range(known.shape[1]):
        member = known[:, position, None] == np.arange(symbols)
        result[:, position] = joint.astype(np.float64) @ member
    return result
