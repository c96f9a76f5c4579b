"""A table: its columns, named once with the form of their values, and its rows in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glyphlab._common.errors import look_up
from glyphlab._common.tabular.number_texts import any_text

__all__ = ["Column", "Table", "is_nested"]

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column as people read it.

    Attributes
    ----------
    key : str
        Where its values stand in the rows.
    title : str
        What is written above it; the key, with spaces, where it is empty.
    form : callable
        Makes the text of a value and its row's ``metric``, such as `share_text`.
    interval : (str, str), optional
        Keys of the ends of an interval that stands beside the value.
    """

    key: str
    title: str = ""
    form: Callable[[Any, str], str] = any_text
    interval: tuple[str, str] | None = None

    @property
    def heading(self) -> str:
        """What is written above it."""
        return self.title or self.key.replace("_", " ")

    def text(self, row: Row) -> str:
        """Return the text of the value in a row."""
        return self.form(row.get(self.key), str(row.get("metric", "")))

    def interval_text(self, row: Row) -> str:
        """Return the interval beside it, as ``98.32 to 99.01 %``; empty where there is none."""
        if self.interval is None or row.get(self.key) is None:
            return ""
        ends = [row.get(key) for key in self.interval]
        if None in ends:
            return ""
        low, high = (self.form(end, str(row.get("metric", ""))) for end in ends)
        return f"{low.removesuffix(PERCENT)} to {high}"

    def whole(self, row: Row) -> str:
        """Return value and interval as one text."""
        interval = self.interval_text(row)
        return f"{self.text(row)} [{interval}]" if interval else self.text(row)


PERCENT = "\N{NO-BREAK SPACE}%"


@dataclass(frozen=True)
class Table:
    """Rows with a name.

    Attributes
    ----------
    name : str
        What it is of, in a word or a few: ``results``, ``tests``.
    rows : sequence of mapping
        All that is known of each, in full precision: what CSV and a frame have.
    columns : sequence of Column
        What people read, in this order; where there are none, every key that holds single values.
    """

    name: str
    rows: Sequence[Row]
    columns: Sequence[Column] = ()

    @property
    def keys(self) -> list[str]:
        """Every key of the rows, in the order in which they come."""
        return list(dict.fromkeys(key for row in self.rows for key in row))

    def shown(self, keys: Sequence[str] = ()) -> list[Column]:
        """Return the columns that people read, or those of some keys.

        Raises
        ------
        UnknownName
            For a key that no row has a single value of, with the nearest right one.
        """
        declared = {one.key: one for one in self.columns}
        known = {key: declared.get(key, Column(key)) for key in self.keys if self._single(key)}
        if keys:
            return [look_up("column", key, {**known, **declared}) for key in keys]
        return list(self.columns) or list(known.values())

    def is_numeric(self, column: Column) -> bool:
        """Whether a column holds numbers alone, and stands at the right."""
        values = [row.get(column.key) for row in self.rows]
        return all(
            value is None or (isinstance(value, int | float) and not isinstance(value, bool))
            for value in values
        )

    def _single(self, key: str) -> bool:
        return not any(is_nested(row.get(key)) for row in self.rows)


def is_nested(value: Any) -> bool:
    """Whether a value is several."""
    return isinstance(value, list | tuple | Mapping)
