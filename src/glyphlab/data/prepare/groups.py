"""Connected parts that make up one symbol, as a bar of a 5 that stands apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glyphlab.data.prepare.parts import Box, Part, union

__all__ = ["Group", "groups_of"]

REACH = 0.3
"""Of a symbol's length: how far apart its parts may be."""
SPECK = 0.06
"""Of the ink of the heaviest symbol: what has less is a speck."""
SYMBOL = (0.45, 0.15)
"""Of the longest symbol's length and of the heaviest one's ink: a symbol has at least both."""


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
    def length(self) -> int:
        """The longer side of the box."""
        return max(one.stop - one.start for one in self.box)

    @property
    def middle(self) -> tuple[float, float]:
        """Row and column of the middle of the box."""
        down, right = self.box
        return (down.start + down.stop) / 2, (right.start + right.stop) / 2


def groups_of(parts: Sequence[Part], count: int) -> list[Group]:
    """Join parts to symbols.

    The nearest two are joined first, until there are as many symbols as are expected, or no two are
    near enough.

    Parameters
    ----------
    parts : sequence of Part
        The heaviest first; not empty.
    count : int
        How many symbols are expected.

    Returns
    -------
    list of Group
        As many as there are, which may be more or fewer.
    """
    kth = parts[min(count, len(parts)) - 1].mass if count > 1 else parts[0].mass
    groups = [Group([part]) for part in parts if part.mass > SPECK * kth]
    while len(groups) > 1:
        longest = max(group.length for group in groups)
        symbols = [group for group in groups if _is_symbol(group, groups)]
        small = [group for group in groups if group not in symbols]
        # Small parts go to their nearest symbol, or away; large ones are joined where too many.
        if small:
            part = min(small, key=lambda group: group.mass)
            nearest = min(
                (group for group in groups if group is not part),
                key=lambda group: _apart(part, group),
            )
            groups.remove(part)
            if _apart(part, nearest) <= REACH * longest:
                groups.remove(nearest)
                groups.append(Group(nearest.parts + part.parts))
            continue
        if len(groups) <= count:
            break
        pairs = [
            (_apart(one, other) + _growth(one, other, longest), i, j)
            for i, one in enumerate(groups)
            for j, other in enumerate(groups[:i])
        ]
        cost, i, j = min(pairs)
        if cost > REACH * longest:
            break
        joined = Group(groups[i].parts + groups[j].parts)
        groups = [group for k, group in enumerate(groups) if k not in (i, j)] + [joined]
    return groups


def _is_symbol(group: Group, groups: list[Group]) -> bool:
    longest = max(other.length for other in groups)
    heaviest = max(other.mass for other in groups)
    return group.length >= SYMBOL[0] * longest and group.mass >= SYMBOL[1] * heaviest


def _apart(one: Group, other: Group) -> float:
    """Return how far two boxes are apart, in pixels."""
    gaps = [
        max(a.start - b.stop, b.start - a.stop, 0)
        for a, b in zip(one.box, other.box, strict=True)
    ]  # fmt: skip
    return float(max(gaps))


def _growth(one: Group, other: Group, longest: int) -> float:
    """Return by how much two together would be longer than the longest symbol, in pixels."""
    return float(max(0, Group(one.parts + other.parts).length - longest))
