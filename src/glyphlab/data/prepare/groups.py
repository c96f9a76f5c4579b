"""Connected parts that make up one symbol, as a bar of a 5 that stands apart."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.prepare.parts import Box, Part, Parts, union

__all__ = ["Group", "groups_of"]

SPECK = 0.06
"""Of the ink of a symbol: a part that has less is a speck."""
SYMBOL = (0.45, 0.12)
"""Of the longest symbol's length and of the heaviest one's ink: a symbol has both."""
REACH = 0.3
"""Of a symbol's length: how far a small part, or a flat bar, may be from the rest."""
FLAT = 0.5
"""Of a symbol's height: a bar has no more."""
ABOVE, BELOW = 1.8, 1.0
"""Of a symbol's width: a bar above it, as of a 5, has no more, and one below it is no underline."""
BROKEN = 0.12
"""Of a symbol's length: how far the two ends of a broken stroke may be apart."""
LEAST = (0.2, 0.012, 0.5)
"""Of a symbol's length, ink and level: what has all of them, and no more than a part of its length,
is a small symbol, unless it is flat or a blot."""
TALL = 0.6
"""Times its width: the least height of a small symbol; a bar has less."""
BLOT = 0.7
"""Of its box, about a square: a small symbol has less ink."""
CLEAR = 0.015
"""Of a symbol's length: a small one beside it is so far to its left or right."""
UPRIGHT = 1.1
"""Times its height: what is wider when it is joined is two symbols side by side."""
POINTS = 300
"""Of the outline of a part: as many are measured from."""

Outlines = dict[int, NDArray[np.float64]]
"""Points of the outline of each part, ``(n, 2)``, by its number."""


@dataclass(frozen=True)
class Group:
    """Parts that are one symbol."""

    parts: list[Part]

    @property
    def box(self) -> Box:
        """Rows and columns around all of them."""
        return union([part.box for part in self.parts])

    @property
    def mass(self) -> float:
        """The ink of all of them."""
        return sum(part.mass for part in self.parts)

    @property
    def area(self) -> int:
        """The pixels of all of them."""
        return sum(part.area for part in self.parts)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the box."""
        down, right = self.box
        return down.stop - down.start, right.stop - right.start

    @property
    def length(self) -> int:
        """The longer side of the box."""
        return max(self.size)

    @property
    def middle(self) -> tuple[float, float]:
        """Row and column of the middle of the box."""
        down, right = self.box
        return (down.start + down.stop) / 2, (right.start + right.stop) / 2


def groups_of(parts: Parts, count: int) -> list[Group]:
    """Join parts to symbols.

    Small parts and flat bars go to the nearest symbol, if one is near. What is far from all, or
    beside one, is a symbol of its own, unless it is a speck, a bar or a blot: these are left out.
    Strokes that nearly meet are joined while there are more symbols than are expected.

    Parameters
    ----------
    parts : Parts
        At least one.
    count : int
        How many symbols are expected.

    Returns
    -------
    list of Group
        As many as there are, which may be more or fewer.
    """
    found = parts.found
    least = SPECK * found[min(count, len(found)) - 1].mass
    every = [Group([part]) for part in found]
    longest = max(every[:count], key=_length)
    groups = _without_small(
        [one for one in every if one.mass > least or _is_small_symbol(one, longest)]
    )
    outlines = {part.number: _outline(parts, part) for group in groups for part in group.parts}
    groups = _with_bars(groups, outlines)
    while len(groups) > count:
        broken = [
            (_apart(one, other, outlines), i, j)
            for (i, one), (j, other) in itertools.combinations(enumerate(groups), 2)
            if _is_upright(Group(one.parts + other.parts)) and not _are_beside(one, other)
        ]
        nearest = min(broken, default=None)
        if nearest is None or nearest[0] > BROKEN * max(group.length for group in groups):
            break
        groups = _joined(groups, groups[nearest[1]], groups[nearest[2]])
    return groups


def _without_small(groups: list[Group]) -> list[Group]:
    """Join each part that is too small for a symbol to the nearest one, or leave it out."""
    own: list[Group] = []
    while True:
        largest = max(groups, key=_length)
        longest = largest.length
        heaviest = max(group.mass for group in groups)
        small = [
            group
            for group in groups
            if (group.length < SYMBOL[0] * longest or group.mass < SYMBOL[1] * heaviest)
            and not any(group is one for one in own)
        ]
        if not small:
            return groups
        part = min(small, key=lambda group: group.mass)
        others = [group for group in groups if group is not part]
        nearest = min(others, key=lambda group: max(_gaps(part, group)))
        near = max(_gaps(part, nearest)) <= REACH * longest
        if _are_beside(part, nearest) if near else _is_small_symbol(part, largest):
            own.append(part)
        else:
            groups = _joined(groups, nearest, part) if near else others


def _with_bars(groups: list[Group], outlines: Outlines) -> list[Group]:
    """Join each flat bar, as a 5 may have, to the symbol that is nearest."""
    for bar in groups:
        bodies = [body for body in groups if _is_bar(bar, body)]
        if not bodies:
            continue
        nearest = min(bodies, key=lambda body: _apart(bar, body, outlines))
        both = Group(nearest.parts + bar.parts)
        if _apart(bar, nearest, outlines) <= REACH * both.length:
            return _with_bars(_joined(groups, nearest, bar), outlines)
    return groups


def _is_bar(bar: Group, body: Group) -> bool:
    widest = ABOVE if bar.middle[0] < body.middle[0] else BELOW
    fits = bar.size[0] <= FLAT * body.size[0] and bar.size[1] <= widest * body.size[1]
    return fits and not _are_beside(bar, body)


def _is_small_symbol(group: Group, body: Group) -> bool:
    """Return whether what is too small for a symbol is too large, and no shape, for a speck."""
    height, width = group.size
    least = (LEAST[0] * body.length, LEAST[1] * body.mass, LEAST[2] * body.mass / body.area)
    has = (group.length, group.mass, group.mass / group.area)
    square = min(height, width) > TALL * max(height, width)
    return (
        all(one >= limit for one, limit in zip(has, least, strict=True))
        and height >= TALL * width
        and not (square and group.area >= BLOT * height * width)
    )


def _are_beside(one: Group, other: Group) -> bool:
    """Return whether the shorter of two is a small symbol to the left or right of the longer."""
    small, body = sorted((one, other), key=_length)
    return (
        small.length < SYMBOL[0] * body.length
        and _gaps(small, body)[1] > CLEAR * body.length
        and _is_small_symbol(small, body)
    )


def _length(group: Group) -> int:
    return group.length


def _is_upright(group: Group) -> bool:
    return group.size[1] <= UPRIGHT * group.size[0]


def _joined(groups: list[Group], one: Group, other: Group) -> list[Group]:
    rest = [group for group in groups if group is not one and group is not other]
    return [*rest, Group(one.parts + other.parts)]


def _gaps(one: Group, other: Group) -> tuple[int, int]:
    """Return how far apart two boxes are, down and to the right; below 0 where they overlap."""
    down, right = (
        max(a.start - b.stop, b.start - a.stop) for a, b in zip(one.box, other.box, strict=True)
    )
    return down, right


def _outline(parts: Parts, part: Part) -> NDArray[np.float64]:
    """Return points of the outline of a part, ``(n, 2)``."""
    shape = np.pad(parts.labels[part.box] == part.number, 1)
    inner = shape[2:, 1:-1] & shape[:-2, 1:-1] & shape[1:-1, 2:] & shape[1:-1, :-2]
    points = np.argwhere(shape[1:-1, 1:-1] & ~inner).astype(np.float64)
    points = points[:: 1 + len(points) // POINTS]
    return np.asarray(points + [one.start for one in part.box])


def _apart(one: Group, other: Group, outlines: Outlines) -> float:
    """Return how far the ink of two groups is apart, in pixels."""
    here, there = (
        np.concatenate([outlines[part.number] for part in group.parts]) for group in (one, other)
    )
    return float(np.sqrt(((here[:, None] - there[None]) ** 2).sum(2).min())) - 1
