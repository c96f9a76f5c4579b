"""What a report says that is no row of its own: by which rows or figure it is shown, or why not.

Every printed number, sentence, figure and idea of a report has a number, its item. Most are rows,
which carry it. The others are tables ``[[item]]`` of `reported.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab._common.typed import explain
from glyphlab.reproductions.core.reported_files.reported_tables import read_tables
from glyphlab.reproductions.core.rows import Row

__all__ = ["ReportItem", "items_of_rows", "read_items"]

_Text = Annotated[str, Field(min_length=1, pattern=r"^\S(.*\S)?$")]


@dataclass(frozen=True)
class ReportItem:
    """Something that a report says.

    Attributes
    ----------
    number : int
        Its own among those of all reports.
    place : str
        Where the report says it.
    what : str
        What it says.
    rows : tuple of str
        Ids of the rows that measure it.
    figure : str
        Id of the figure that shows ours in the same form; empty where there is none.
    reason : str
        Why it has no row or figure, or what these leave out.
    """

    number: int
    place: str
    what: str
    rows: tuple[str, ...] = ()
    figure: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the item of ``reproduce show --json``."""
        return {
            "item": self.number,
            "place": self.place,
            "what": self.what,
            "rows": list(self.rows),
            "figure": self.figure or None,
            "reason": self.reason,
        }


class _TypedItem(BaseModel):
    """An item as a person types it: see `ReportItem`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: int = Field(ge=1)
    place: _Text
    what: _Text
    rows: list[_Text] = []
    figure: str = ""
    reason: str = ""


def items_of_rows(rows: Sequence[Row]) -> dict[int, list[str]]:
    """Return the ids of the rows of each item that rows carry."""
    found: dict[int, list[str]] = {}
    for row in rows:
        if row.item:
            found.setdefault(row.item, []).append(row.id)
    return found


def read_items(path: Path, rows: Sequence[Row]) -> tuple[ReportItem, ...]:
    """Return the items of a file that are no rows of their own, in the order of the report.

    Parameters
    ----------
    path : Path
        A ``reported.toml``.
    rows : sequence of Row
        Those of the same file.

    Raises
    ------
    UsageError
        Where an item is not whole, has neither row nor figure nor reason, is numbered twice, or
        names a row that is none.
    """
    tables = read_tables(path)
    known = {row.id: row for row in rows}
    taken = {number: f"row {ids[0]}" for number, ids in items_of_rows(rows).items()}
    found: list[tuple[int, ReportItem]] = []
    for table in tables.items:
        item = _item(table, path)
        who = f"item {item.number}"
        if item.number in taken:
            raise UsageError(
                f"{path}, {who}: the number is taken by {taken[item.number]}: leave one out"
            )
        for name in item.rows:
            if name not in known:
                raise UnknownName(f"row in {who} of {path}", name, known)
        taken[item.number] = "another item"
        found.append((tables.place_of(item.place, who), item))
    return tuple(item for _, item in sorted(found, key=lambda one: one[0]))


def _item(table: object, path: Path) -> ReportItem:
    number = table.get("id", "without id") if isinstance(table, dict) else repr(table)
    try:
        typed = _TypedItem.model_validate(table)
    except ValidationError as error:
        said = explain(error, _TypedItem, document="item")
        raise UsageError(f"{path}, item {number}: {said}") from error
    if not (typed.rows or typed.figure or typed.reason):
        raise UsageError(
            f"{path}, item {number}: it has no row, no figure and no reason: add one of them"
        )
    return ReportItem(
        typed.id, typed.place, typed.what, tuple(typed.rows), typed.figure, typed.reason
    )
