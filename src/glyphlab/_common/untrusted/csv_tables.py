"""Tables of text from outside: comma-separated values in UTF-8."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from glyphlab._common.untrusted.limits import CELL_CHARACTERS, TABLE_BYTES
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["parse_table", "read_table"]


def read_table(path: Path) -> list[list[str]]:
    """Return the rows of a CSV file; see `parse_table`."""
    return parse_table(read_plain_file(path, TABLE_BYTES), path)


def parse_table(content: bytes, where: str | Path) -> list[list[str]]:
    """Return the rows of a CSV text, each a list of cells; empty lines are left out.

    Parameters
    ----------
    content : bytes
        UTF-8, with or without a byte order mark.
    where : str or Path
        What a message calls it.

    Raises
    ------
    Unreadable
        Where it is no UTF-8, or no table: an open quote, a cell of more than 100,000 characters.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            where, f"line {line} is not UTF-8 (byte 0x{content[error.start]:02x})",
            "save the table as UTF-8",
        ) from error  # fmt: skip
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            if any(len(cell) > CELL_CHARACTERS for cell in row):
                raise csv.Error(f"a cell of more than {CELL_CHARACTERS} characters")
            if row:
                rows.append(row)
    except csv.Error as error:
        raise Unreadable(where, f"row {len(rows) + 1}: {error}", "correct the table") from error
    return rows
