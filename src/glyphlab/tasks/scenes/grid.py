"""Where the symbols of a scene stand in rows and columns, so that an image can be read by cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Grid", "Span", "grid_among"]

Span = tuple[int, int] | None
"""Where the equal parts of an axis begin and how long they are together; None: all of the axis."""


@dataclass(frozen=True)
class Grid:
    """Rows and columns of equal cells, each around one symbol, in reading order.

    Attributes
    ----------
    rows, columns : int
    down, right : (int, int) or None
        Where the cells begin and how long they are together, in pixels of the canvas, beyond which
        there is background; None where they divide the whole of it.
    """

    rows: int
    columns: int
    down: Span = None
    right: Span = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    def framed(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of an image of that size once only the cells are left of it."""
        return (
            height if self.down is None else self.down[1],
            width if self.right is None else self.right[1],
        )


def grid_among(
    tops: Sequence[int],
    lefts: Sequence[int],
    reach: tuple[int, int],
    canvas: tuple[int, int],
    *,
    cut: bool,
) -> Grid | None:
    """Return the grid that symbols stand in; None where they stand in none.

    A canvas that is divided evenly around its symbols is taken whole. Otherwise the cells are as
    far apart as the symbols, from the first of them on.

    Parameters
    ----------
    tops, lefts : sequence of int
        Upper and left edge of each symbol, before its offset.
    reach : (int, int)
        Height and width of what a symbol can reach.
    canvas : (int, int)
        Height and width of the image.
    cut : bool
        Whether cells must have whole pixels; where not, a pixel may belong to two cells.
    """
    at_rows, at_columns = sorted(set(tops)), sorted(set(lefts))
    if [*zip(tops, lefts, strict=True)] != [(top, left) for top in at_rows for left in at_columns]:
        return None
    spans: list[Span] = []
    for starts, length, whole in (
        (at_rows, reach[0], canvas[0]),
        (at_columns, reach[1], canvas[1]),
    ):
        steps = {after - before for before, after in pairwise(starts)}
        if steps and min(steps) < length:  # two symbols may meet
            return None
        if _divides(starts, length, whole) and not (cut and whole % len(starts)):
            spans.append(None)
        elif len(steps) == 1:
            spans.append((starts[0], len(starts) * steps.pop()))
        else:
            return None
    return Grid(len(at_rows), len(at_columns), *spans)


def _divides(starts: Sequence[int], length: int, whole: int) -> bool:
    """Return whether each of as many equal parts of an axis has its symbol within it."""
    count = len(starts)
    return all(
        start >= part * whole // count and start + length <= -(-(part + 1) * whole // count)
        for part, start in enumerate(starts)
    )
