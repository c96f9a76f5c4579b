"""What a scikit-learn user gives, in the form that the engine trains on, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.errors import UsageError
from glyphlab.models import Strategy, Whole
from glyphlab.recipes.augmentation import parse_augmentation

__all__ = [
    "LabelCode",
    "Pixels",
    "as_images",
    "flattened",
    "image_shape_of",
    "kind_of_pixels",
    "marginals",
    "require_order",
]

Pixels = Literal["bytes", "numbers", "shares"]
"""What the pixels of training are; see `kind_of_pixels`."""


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
        return int(height), int(width)
    side = math.isqrt(pixels)
    return (side, side) if side * side == pixels else (1, pixels)


def kind_of_pixels(rows: NDArray[Any]) -> Pixels:
    """Return what the pixels of training are, by their values.

    ``"bytes"`` are whole numbers from 0 to 255, of any integer type, with some above 1: a net sees
    them divided by 255. ``"shares"`` are all from 0 to 1, and ``"numbers"`` whatever else there is;
    a net sees both as they are.
    """
    rows = _numeric(rows)
    low, high = rows.min(), rows.max()
    if low < 0 or high > 255 or (high > 1 and rows.dtype.kind not in "iu"):
        return "numbers"
    return "bytes" if high > 1 else "shares"


def as_images(
    rows: NDArray[Any], shape: tuple[int, int], pixels: Pixels | None = None
) -> NDArray[Any]:
    """Return rows of pixels as images ``(n, H, W)`` for a net trained on pixels of a kind.

    Bytes are uint8, and all else is float32.

    Parameters
    ----------
    rows : (n, H * W) array
    shape : (int, int)
        Height and width.
    pixels : {'bytes', 'numbers', 'shares'} or None
        Those of training. None where that is not known: then only uint8 is taken for bytes.

    Raises
    ------
    UsageError
        Where training had bytes, and these are neither bytes, of any type, nor shares.
    """
    rows = _numeric(rows)
    kind = np.uint8 if _are_bytes(rows, pixels) else np.float32
    return np.ascontiguousarray(rows.astype(kind, copy=False).reshape(-1, *shape))


def _are_bytes(rows: NDArray[Any], pixels: Pixels | None) -> bool:
    """Return whether pixels are bytes to a net that was trained on pixels of a kind."""
    if pixels is None:
        return bool(rows.dtype == np.uint8)
    if pixels == "numbers":
        return False
    whole, low, high = rows.dtype.kind in "iu", float(rows.min()), float(rows.max())
    if pixels == "shares":
        return whole and low >= 0 and 1 < high <= 255
    if not whole and low >= 0 and high <= 1:
        return False
    if low < 0 or high > 255 or not (whole or (rows.astype(np.uint8) == rows).all()):
        raise UsageError(
            f"pixels are {rows.dtype} from {low:g} to {high:g}, but training had whole numbers "
            "from 0 to 255: give such, of any type, or shares from 0 to 1"
        )
    return True


def _numeric(rows: NDArray[Any]) -> NDArray[Any]:
    return rows if rows.dtype.kind in "biuf" else rows.astype(np.float32)


def marginals(joint: NDArray[np.float32], strategy: Whole, symbols: int) -> NDArray[np.float64]:
    """Sum whole-label probabilities into probabilities ``(n, k, symbols)`` of each position."""
    known = np.asarray(strategy.known)
    result = np.zeros((len(joint), known.shape[1], symbols))
    for position in range(known.shape[1]):
        member = known[:, position, None] == np.arange(symbols)
        result[:, position] = joint.astype(np.float64) @ member
    return result


def require_order(code: LabelCode, augment: str, strategy: Strategy) -> None:
    """Refuse mirror images that may reverse the symbols of an image, and leave its label as it is.

    Raises
    ------
    UsageError
        For ``'flip'`` of labels with several positions, where the net is shown whole images.
    """
    cells = math.prod(strategy.grid)
    if "flip" in parse_augmentation(augment) and cells < code.positions:
        raise UsageError(
            f"augment = '{augment}' mirrors whole images of {code.positions} symbols, and their "
            "order in the label stays: leave 'flip' out, or choose strategy 'sliced' or "
            "SlicedClassifier, which mirror each symbol by themselves"
        )
