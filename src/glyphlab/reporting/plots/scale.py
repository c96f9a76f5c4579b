"""The scale of accuracies: linear, or stretched so that 90 to 99 % is as long as 99 to 99.9 %."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "STRETCHED",
    "accuracy_axis",
    "class_axis",
    "nines",
    "shortened",
    "stretching_helps",
]

_FEWEST_ERRORS = 1e-4
_TICKS = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1)
_TENFOLD = (0, 0.5, 0.9, 0.99, 0.999, 1)
_STEPS = (0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 5e-4, 2e-4, 1e-4)
_HIGH, _SQUASHED = 0.9, 0.15
"""From where accuracies are high, and the share of a linear axis below which they are one point."""
_ROOM, _NARROWEST = 0.05, 0.01
STRETCHED = " (stretched towards 100 %)"
_LETTER, _LINE, _LONGEST = 7.5, 14, 18
"""Pixels across and down of a letter on an axis, and the most that stand of a name."""


def nines(accuracy: ArrayLike) -> NDArray[np.float64]:
    """Return accuracies as powers of ten of their errors: 0.9 is 1, 0.99 is 2, and 1 is 4."""
    values = np.asarray(accuracy, dtype=np.float64)
    powers = -np.log10(np.maximum(1 - values, _FEWEST_ERRORS))
    return np.asarray(powers + np.maximum(values - 1, 0))  # there is room above 100 %


def _accuracies(powers: ArrayLike) -> NDArray[np.float64]:
    """Return the accuracies of `nines`."""
    values = np.asarray(powers, dtype=np.float64)
    most = -math.log10(_FEWEST_ERRORS)
    return np.asarray(1 - 10.0 ** -np.minimum(values, most) + np.maximum(values - most, 0))


def stretching_helps(values: Sequence[float]) -> bool:
    """Whether two high accuracies, and one far below, would be one point on a linear axis."""
    high = [value for value in values if value >= _HIGH]
    if len(high) < 2:
        return False
    whole, among = max(values) - min(values), max(high) - min(high)
    return 0 < among < _SQUASHED * whole


def accuracy_axis(axis: Any, shown: Sequence[float], values: Sequence[float] = ()) -> str:
    """Give a matplotlib axis of accuracies its scale, its limits, and ticks in per cent.

    The axis is linear, unless it is stretched towards 100 % because `values` would lie on each
    other otherwise.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    shown : sequence of float
        All accuracies on it, in [0, 1], ends of intervals too.
    values : sequence of float
        Those that must be distinguishable; none leaves the axis linear.

    Returns
    -------
    str
        What is to stand behind the name of the axis: that it is stretched, or nothing.
    """
    least, most = min(shown, default=0.0), max(shown, default=1.0)
    if not stretching_helps(values):
        room = max(_ROOM * (most - least), _NARROWEST / 2)
        low, high = max(least - room, -0.02), min(most + room, 1.02)
        low, high = min(low, high - _NARROWEST), high
        ticks = _even(low, high)
        axis.set_ticks(ticks, [_percent_text(tick) for tick in ticks])
        axis.axes.set(**{f"{axis.axis_name}lim": (low, high)})
        return ""
    ends = nines([least, most])
    room = max(0.06, _ROOM * float(ends[1] - ends[0]))
    low, high = max(float(ends[0]) - room, -0.02), float(ends[1]) + room
    ticks = [tick for tick in _TICKS if low <= nines(tick) <= high]
    if high - low > 1.5:  # a tick for each tenfold is enough
        ticks = [tick for tick in ticks if tick in _TENFOLD]
    getattr(axis.axes, f"set_{axis.axis_name}scale")("function", functions=(nines, _accuracies))
    axis.set_ticks(ticks, [_percent_text(tick) for tick in ticks])
    axis.axes.set(**{f"{axis.axis_name}lim": tuple(_accuracies([low, high]))})
    axis.axes.minorticks_off()
    return STRETCHED


def _percent_text(share: float) -> str:
    return f"{100 * share:.6g} %"


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
    axis.names_classes = True  # all of them, so none is left out
    axis.set_ticks(np.asarray(places), texts, **style)


def shortened(text: str, most: int) -> str:
    """Return a text, or where it is longer than `most` characters its beginning and an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _even(low: float, high: float) -> list[float]:
    """Return even steps between two accuracies: the coarsest that leave at least three."""
    ticks: list[float] = []
    for step in _STEPS:
        first, last = math.ceil(max(low, 0) / step - 1e-9), math.floor(min(high, 1) / step + 1e-9)
        ticks = [round(number * step, 6) for number in range(first, last + 1)]
        if len(ticks) >= 3:
            break
    return ticks
