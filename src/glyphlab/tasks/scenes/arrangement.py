"""Whether symbols on a picture stand as a scene has them: in a row, below each other, in a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab.data.prepare.groups import Group

__all__ = ["in_reading_order"]

STEEPEST = 24
"""Degrees that rows may be sloped by."""
UNEVEN = 0.85
"""Of the longest symbol's length: how far the middles of a row may be apart across it."""
BESIDE = 0.5
"""Of the smaller symbol: two that overlap by more along a row stand one below the other."""

Points = NDArray[np.float64]
Lines = Sequence[Sequence[int]]


def in_reading_order(groups: Sequence[Group], shape: tuple[int, int], name: str) -> list[Group]:
    """Return symbols row by row, each row from left to right.

    Parameters
    ----------
    groups : sequence of Group
        As many as there are places.
    shape : (int, int)
        Rows and columns that the scene has.
    name : str
        Of the scene, for messages.

    Raises
    ------
    DataError
        Where the symbols clearly stand otherwise, as one below another for a scene of one row.
        Rows and columns may be uneven, and sloped.
    """
    middles = np.array([group.middle for group in groups])
    length = max(group.length for group in groups)
    unevenness, rows = min(
        (_sorted(middles, shape[0], degrees) for degrees in _slopes()), key=lambda one: one[0]
    )
    columns = [*zip(*rows, strict=True)]
    if unevenness > UNEVEN * length or _crossed(groups, rows, 1) or _crossed(groups, columns, 0):
        found, expected = _in_words(middles, length), _shape_words(*shape)
        found = "in no clear order" if found == expected else found
        raise DataError(
            f"found {len(groups)} symbols {found}, the scene '{name}' has them {expected}: write "
            "them so, or turn the picture if it lies on its side"
        )
    return [groups[one] for row in rows for one in row]


def _slopes() -> Iterator[int]:
    """Yield degrees, the level one first."""
    yield from sorted(range(-STEEPEST, STEEPEST + 1, 2), key=abs)


def _sorted(middles: Points, count: int, degrees: int) -> tuple[float, Lines]:
    """Return the rows that points ``(n, 2)`` are in once turned level, and how uneven they are."""
    turn = np.deg2rad(degrees)
    down = middles @ (np.cos(turn), -np.sin(turn))
    right = middles @ (np.sin(turn), np.cos(turn))
    rows = [
        sorted(row.tolist(), key=lambda one: float(right[one]))
        for row in np.split(np.argsort(down, kind="stable"), count)
    ]
    columns = zip(*rows, strict=True)
    across = [np.ptp(down[row]) for row in rows] + [np.ptp(right[[*one]]) for one in columns]
    return round(float(max(across)), 6), rows


def _crossed(groups: Sequence[Group], lines: Lines, along: int) -> bool:
    """Return whether two symbols of a line stand across it: one below the other in a row."""
    return any(
        _overlap(groups[one], groups[other], along) >= BESIDE
        and _overlap(groups[one], groups[other], 1 - along) <= 0
        for line in lines
        for one, other in combinations(line, 2)
    )


def _overlap(one: Group, other: Group, axis: int) -> float:
    """Return by how much two boxes overlap, as a share of the shorter; below 0 where apart."""
    here, there = one.box[axis], other.box[axis]
    both = min(here.stop, there.stop) - max(here.start, there.start)
    return float(both / min(one.size[axis], other.size[axis]))


def _in_words(middles: Points, length: int) -> str:
    """Return how points stand, where no slope is taken from them."""
    rows, columns = (
        1 + sum(after - before > UNEVEN * length for before, after in pairwise(np.sort(line)))
        for line in middles.T
    )
    if columns == 1 or rows == len(middles):
        return _shape_words(rows, 1)
    return _shape_words(rows, 2)


def _shape_words(rows: int, columns: int) -> str:
    if rows == 1:
        return "side by side"
    return "one below another" if columns == 1 else f"in {rows} rows"
