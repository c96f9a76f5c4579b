"""What classes are called, and a label in these names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from glyphlab._common.errors import printable

__all__ = ["LONGEST_NAME", "in_class_order", "label_text", "numbered", "own_names"]

LONGEST_NAME = 255
"""Characters of a class name: what a file system takes of a folder's."""
_BETWEEN = ", "


def numbered(classes: int) -> tuple[str, ...]:
    """Return the names of classes that have no others: ``"0"`` to ``"classes - 1"``."""
    return tuple(map(str, range(classes)))


def in_class_order(names: Iterable[str]) -> list[str]:
    """Return the names of classes in their order: by value where all are numbers, else as text."""
    found = set(names)
    if all(name.isascii() and name.isdigit() for name in found):
        return sorted(found, key=lambda name: (int(name), name))
    return sorted(found)


def own_names(names: Sequence[str]) -> tuple[str, ...] | None:
    """Return class names as a run records them; None where they only number the classes.

    What would command a terminal is written as an escape, and no name is longer than
    `LONGEST_NAME`.
    """
    if tuple(names) == numbered(len(names)):
        return None
    return tuple(printable(name)[:LONGEST_NAME] or "''" for name in names)


def label_text(row: Iterable[Any], names: Sequence[str] = ()) -> str:
    """Return a label as text.

    Parameters
    ----------
    row : iterable of int, or of str in decimal notation
        The value at each position: a class, or the whole label where it is a number.
    names : sequence of str
        What each class is called. A value that has no name here, as a number has none, stands in
        decimal notation.

    Returns
    -------
    str
        Names of several positions stand side by side where each is one character, as ``"042"``,
        and with a comma and a space between them otherwise, as ``"Bag, Coat"``.
    """
    texts = [
        names[value] if isinstance(value, int) and 0 <= value < len(names) else str(value)
        for value in row
    ]
    short = all(len(name) == 1 for name in (names or texts))
    return ("" if short else _BETWEEN).join(texts)
