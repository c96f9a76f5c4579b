"""The rows of a run's ``metrics.jsonl``, one an epoch, read with suspicion."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from glyphlab._common.untrusted import Unreadable
from glyphlab.runs.documents import parse_json, unreadable
from glyphlab.runs.jsonl import whole_lines

__all__ = ["HISTORY", "HistoryRow", "checked_rows", "history_lines", "read_history"]

HISTORY = "metrics.jsonl"
_MAY_BE_NULL = ("label_accuracy", "val_loss")
_LISTS = ("classes", "taken_over")


class HistoryRow(dict[str, Any]):
    """What one epoch left, by column; a column that is missing is an error of the file."""

    path = Path(HISTORY)

    def __missing__(self, column: str) -> Any:
        raise unreadable(self.path, f"no column '{column}', found {', '.join(self) or 'none'}")


def read_history(path: Path) -> list[HistoryRow]:
    """Read the rows of a file of lines; a torn last one is left out.

    Raises
    ------
    RunError
        Where a whole line is no object, or a value is none that an epoch leaves.
    """
    return checked_rows((parse_json(line, path) for line in history_lines(path)), path)


def history_lines(path: Path) -> list[bytes]:
    """Return the whole lines of a file; `RunError` where it cannot be read."""
    try:
        return whole_lines(path)
    except Unreadable as error:
        raise unreadable(path, error.reason) from error


def checked_rows(rows: Iterable[object], path: Path) -> list[HistoryRow]:
    """Return rows whose values are what an epoch leaves: numbers, and whole numbers of classes.

    Raises
    ------
    RunError
        Naming the first row and column with anything else.
    """
    found: list[HistoryRow] = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise unreadable(path, f"row {number} is {reprlib.repr(row)}, an object expected")
        for column, value in row.items():
            if not _is_left(column, value):
                wanted = "whole numbers from 0" if column in _LISTS else "a number"
                said = f"'{column}' of row {number} is {reprlib.repr(value)}, {wanted} expected"
                raise unreadable(path, said)
        found.append(HistoryRow(row))
        found[-1].path = path
    return found


def _is_left(column: str, value: Any) -> bool:
    if value is None:
        return column in _MAY_BE_NULL
    if column in _LISTS:
        whole = isinstance(value, list) and all(type(one) is int and one >= 0 for one in value)
        return whole and (column != "classes" or sum(value) > 0)
    if type(value) is int:
        return abs(value) < 2**63
    return type(value) is float and math.isfinite(value)
