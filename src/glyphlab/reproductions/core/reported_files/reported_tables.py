"""The tables of a `reported.toml`: rows, items, and the places of the report in their order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.toml import read_toml

__all__ = ["ReportedTables", "read_tables"]

_KEYS = ("row", "item", "places")


@dataclass(frozen=True)
class ReportedTables:
    """What a file holds, unread.

    Attributes
    ----------
    path : Path
    rows, items : list
        The tables ``[[row]]`` and ``[[item]]``.
    places : tuple of str
        How the places of the report are called, in its order; empty where the order of the file is
        that of the report.
    """

    path: Path
    rows: list[Any]
    items: list[Any]
    places: tuple[str, ...]

    def place_of(self, source: str, who: str) -> int:
        """Return which place a source is in: the longest one that it begins with.

        Raises
        ------
        UsageError
            Where it begins with none.
        """
        if not self.places:
            return 0
        found = [place for place in self.places if source.startswith(place)]
        if not found:
            raise UsageError(
                f"{self.path}, {who}: '{source}' begins with none of the {len(self.places)} places "
                "that the file names: add its place to 'places', where the report has it"
            )
        return self.places.index(max(found, key=len))


def read_tables(path: Path) -> ReportedTables:
    """Return the tables of a file.

    Raises
    ------
    UsageError
        Where the file cannot be read, or holds something else.
    """
    content = read_toml(path, "reported numbers", "or write one", UsageError)
    rows, items, places = (content.pop(key, []) for key in _KEYS)
    typed = {"row": rows, "item": items, "places": places}
    wrong = [*content, *(key for key, one in typed.items() if key != "row" and not _is_list(one))]
    if wrong or not _is_list(rows) or not rows:
        found = f"'{wrong[0]}'" if wrong else "no row"
        raise UsageError(
            f"{path} has {found}: it is to hold tables [[row]], and where they are needed tables "
            "[[item]] and a list 'places', and nothing else"
        )
    if not all(isinstance(place, str) and place for place in places):
        raise UsageError(f"{path}: 'places' is to be a list of words, found {places!r}")
    if len(set(places)) < len(places):
        twice = next(place for place in places if places.count(place) > 1)
        raise UsageError(f"{path}: the place '{twice}' is named twice: leave one of them out")
    return ReportedTables(path, rows, items, tuple(places))


def _is_list(value: object) -> bool:
    return isinstance(value, list)
