"""Tables of text from outside: comma-separated values in UTF-8."""

from __future__ import annotations

import csv
from pathlib import Path

from glyphlab._common.untrusted.limits import CELL_CHARACTERS, TABLE_BYTES
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["read_table"]


def read_table(path: Path) -> list[list[str]]:
    """Return the rows of a CSV file, each a list of cells; empty lines are left out.

    Raises
    ------
    Absent
        Where there is no such file.
    Unreadable
        Where it is no UTF-8, or no table: an open quote, a cell of more than 100,000 characters.
    """
    content = read_plain_file(path, TABLE_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            path, f"line {line} is not UTF-8 (byte 0x{content[error.start]:02x})",
            "save the table as UTF-8",
        ) from error  # fmt: skip
    rows = []
    try:
        for row in csv.reader(text.splitlines(keepends=True), strict=True):
            if any(len(cell) > CELL_CHARACTERS for cell in row):
                raise csv.Error(f"a cell of more than {CELL_CHARACTERS} characters")
            if row:
                rows.append(row)
    except csv.Error as error:
        raise Unreadable(path, f"row {len(rows) + 1}: {error}", "correct the table") from error
    return rows
