"""The scale of accuracies: a step from 90 % to 99 % is as long as one from 99 % to 99.9 %."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["accuracy_axis", "class_axis", "nines", "shortened"]

_FEWEST_ERRORS = 1e-4
_TICKS = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1)
_TENFOLD = (0, 0.5, 0.9, 0.99, 0.999, 1)
_FINE = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 5e-4, 2e-4, 1e-4)
"""Steps between ticks, where the ticks above leave fewer than three."""
_LETTER, _LINE, _LONGEST = 7.5, 14, 18
"""Pixels across and down of a letter on an axis, and the most that stand of a name."""


def nines(accuracy: ArrayLike) -> NDArray[np.float64]:
    """Return accuracies as powers of ten of their errors: 0.9 is 1, 0.99 is 2, and 1 is 4."""
    return -np.log10(np.maximum(1 - np.asarray(accuracy, dtype=np.float64), _FEWEST_ERRORS))


def accuracy_axis(axis: Any, shown: Sequence[float]) -> None:
    """Give a matplotlib axis whose data are `nines` its limits and ticks in per cent.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    shown : sequence of float
        The accuracies on it, in [0, 1].
    """
    ends = nines([min(shown, default=0.0), max(shown, default=1.0)])
    room = max(0.06, 0.05 * float(ends[1] - ends[0]))
    low, high = max(float(ends[0]) - room, -0.02), float(ends[1]) + room
    ticks = [tick for tick in _TICKS if low <= nines(tick) <= high]
    if high - low > 1.5:  # a tick for each tenfold is enough
        ticks = [tick for tick in ticks if tick in _TENFOLD]
    elif len(ticks) < 3:
        ticks = _even(low, high)
    axis.set_ticks(nines(ticks), [f"{100 * tick:.6g} %" for tick in ticks])
    axis.axes.set(**{f"{axis.axis_name}lim": (low, high)})


def class_axis(axis: Any, places: ArrayLike, names: Sequence[str], pixels: float) -> None:
    """Write class names along a matplotlib axis, so that no two lie on each other.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    places : array_like of float
        One a class.
    names : sequence of str
    pixels : float
        Length of the axis.
    """
    texts = [shortened(name, _LONGEST) for name in names]
    across = _LETTER if axis.axis_name == "x" else 0
    longest = max((len(text) for text in texts), default=0)
    style: dict[str, Any] = {}
    if across * longest * len(texts) > pixels:
        style["rotation"] = 90
    if _LINE * len(texts) > pixels and (style or axis.axis_name == "y"):
        style["fontsize"] = max(5.0, pixels / len(texts) * 0.75)
    axis.set_ticks(np.asarray(places), texts, **style)


def shortened(text: str, most: int) -> str:
    """Return a text, or where it is longer than `most` characters its beginning and an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _even(low: float, high: float) -> list[float]:
    """Return at least three even steps between two powers, the fewest that there are."""
    first, last = 1 - 10.0**-low, 1 - 10.0**-high
    for step in _FINE:
        ticks = [
            number * step
            for number in range(math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9) + 1)
            if number >= 0
        ]
        if len(ticks) >= 3:
            break
    return ticks
