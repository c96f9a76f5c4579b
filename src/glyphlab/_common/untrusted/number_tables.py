"""Wide tables of numbers from outside: comma-separated, a row an image, with a column of labels.

They are read in parts straight into numbers: as text, cell by cell, the table of a usual data set
would take a hundred times the room.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.untrusted.gzip_streams import MAGIC, unpack_gzip
from glyphlab._common.untrusted.limits import CELL_CHARACTERS, COLUMNS, TABLE_BYTES
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["Columns", "NumberTable", "parse_number_table", "read_number_table"]

_ROWS = 1_000
"""Rows that are parsed at a time."""
_SEPARATORS = (b",", b";", b"\t")
_BLANKS = b" \t\r\v\f"
_BRIGHTEST = 255
"""Of a pixel of eight bits."""
_CORRECT = "correct the table"


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what; all others hold numbers.

    Attributes
    ----------
    label : int or None
        The column of labels, which may be text.
    dropped : tuple of int
        Columns that are of no use.
    """

    label: int | None = None
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True)
class NumberTable:
    """What a table holds.

    Attributes
    ----------
    values : (rows, columns) uint8 or float32
        Whole numbers from 0 to 255 where all of them are.
    labels : list of str or None
        One a row, as they are written; None where no column has them.
    """

    values: NDArray[Any]
    labels: list[str] | None


Plan = Callable[[Sequence[str] | None, int], Columns]


def read_number_table(path: Path, plan: Plan, known: Collection[str] = ()) -> NumberTable:
    """Return the numbers of a CSV file, plain or gzip; see `parse_number_table`."""
    content = read_plain_file(path, TABLE_BYTES)
    if content.startswith(MAGIC):
        content = unpack_gzip(content, path, TABLE_BYTES)
    return parse_number_table(content, path, plan, known)


def parse_number_table(
    content: bytes, where: str | Path, plan: Plan, known: Collection[str] = ()
) -> NumberTable:
    """Return the numbers of a CSV text, and its labels; empty lines are left out.

    Parameters
    ----------
    content : bytes
        UTF-8. Cells are separated by commas, semicolons or tabs, and may stand in quotes.
    where : str or Path
        What a message calls it.
    plan : callable
        Is given the names of the columns, None where the first row already holds numbers, and how
        many there are; returns which of them hold what, or raises.
    known : collection of str
        Names of columns, in small letters, beside which numbers that count the other columns are
        names too.

    Raises
    ------
    Unreadable
        Where it holds no rows, rows of different lengths, or a cell that is no number.
    """
    lines = _numbered(content.removeprefix(b"\xef\xbb\xbf"))
    number, first = next(lines, (0, b""))
    if not first:
        raise Unreadable(where, "it is empty, expected a row of numbers an image", _CORRECT)
    separator = max(_SEPARATORS, key=first.count)
    table = _Table(where, separator)
    head = table.cells(first, number)
    named = _are_names(head, known)
    columns = plan(head if named else None, len(head))
    table.expect(len(head), columns)
    if not named:
        table.add(number, first)
    for number, line in lines:
        table.add(number, line)
    return table.finished()


class _Table:
    """Rows on their way into numbers."""

    def __init__(self, where: str | Path, separator: bytes) -> None:
        self._where, self._separator = where, separator
        self._width = 0
        self._columns = Columns()
        self._waiting: list[tuple[int, bytes]] = []
        self._labels: list[str] = []
        self._parts: list[NDArray[Any]] = []

    def expect(self, width: int, columns: Columns) -> None:
        self._width, self._columns = width, columns
        self._aside = {column for column in (columns.label, *columns.dropped) if column is not None}
        if len(self._aside) >= width:
            raise Unreadable(self._where, "it has no column of numbers", _CORRECT)

    def add(self, number: int, line: bytes) -> None:
        self._waiting.append((number, self._numbers_of(number, line)))
        if len(self._waiting) == _ROWS:
            self._parse()

    def finished(self) -> NumberTable:
        self._parse()
        if not self._parts:
            raise Unreadable(self._where, "it has names of columns and no rows", _CORRECT)
        values = np.concatenate(self._parts)
        return NumberTable(values, None if self._columns.label is None else self._labels)

    def cells(self, line: bytes, number: int) -> list[str]:
        if line.count(self._separator) >= COLUMNS:
            raise self._wrong(number, f"more than {COLUMNS:,} cells")
        try:
            text = line.decode()
            (cells,) = csv.reader([text], delimiter=self._separator.decode(), strict=True)
        except UnicodeDecodeError as error:
            raise self._wrong(number, "it is not UTF-8", "save the table as UTF-8") from error
        except (csv.Error, ValueError) as error:
            raise self._wrong(number, f"it is no row ({error})") from error
        if any(len(cell) > CELL_CHARACTERS for cell in cells):
            raise self._wrong(number, f"a cell of more than {CELL_CHARACTERS} characters")
        return [cell.strip() for cell in cells]

    def _numbers_of(self, number: int, line: bytes) -> bytes:
        """Return the cells of a row that hold numbers, and keep its label."""
        label = self._columns.label
        if b'"' not in line and self._aside <= {0}:
            found = line.count(self._separator) + 1
            if found != self._width:
                raise self._ragged(number, found)
            if not self._aside:
                return line
            text, _, rest = line.partition(self._separator)
            if label is not None:
                self._keep(number, text)
            return rest
        cells = self.cells(line, number)
        if len(cells) != self._width:
            raise self._ragged(number, len(cells))
        if label is not None:
            self._labels.append(cells[label])
        kept = (cell for column, cell in enumerate(cells) if column not in self._aside)
        return self._separator.join(cell.encode() for cell in kept)

    def _keep(self, number: int, text: bytes) -> None:
        if len(text) > CELL_CHARACTERS:
            raise self._wrong(number, f"a cell of more than {CELL_CHARACTERS} characters")
        try:
            self._labels.append(text.decode().strip())
        except UnicodeDecodeError as error:
            raise self._wrong(number, "it is not UTF-8", "save the table as UTF-8") from error

    def _parse(self) -> None:
        if not self._waiting:
            return
        wide = self._width - len(self._aside)
        found = self._parsed(b"\n".join(line for _, line in self._waiting))
        if found is None or len(found) != wide * len(self._waiting):
            for number, line in self._waiting:
                one = self._parsed(line)
                if one is None or len(one) != wide:
                    raise self._wrong(number, "a cell that is no number, expected one a pixel")
            raise Unreadable(self._where, "its cells are no numbers", _CORRECT)
        table = found.reshape(-1, wide)
        small = table.min() >= 0 and table.max() <= 255
        whole = small and bool((table == np.floor(table)).all())
        self._parts.append(table.astype(np.uint8 if whole else np.float32))
        self._waiting = []

    def _parsed(self, cells: bytes) -> NDArray[np.float64] | None:
        """Return cells as numbers; None where one of them is none."""
        text = cells.replace(b"\n", self._separator).replace(self._separator, b",")
        filled = text.translate(None, _BLANKS)
        if not filled or b",," in filled or filled[:1] == b"," or filled[-1:] == b",":
            return None  # NumPy takes an empty cell for -1, and a blank one
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                return np.fromstring(text.decode("latin-1"), np.float64, sep=",")
            except (DeprecationWarning, ValueError):
                return None

    def _ragged(self, number: int, found: int) -> Unreadable:
        return self._wrong(number, f"{found:,} cells, expected {self._width:,} as in its first row")

    def _wrong(self, number: int, what: str, advice: str = _CORRECT) -> Unreadable:
        return Unreadable(self._where, f"line {number}: {what}", advice)


def _numbered(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold something, with their numbers from 1."""
    place, number = 0, 0
    while place < len(content):
        end = content.find(b"\n", place)
        end = len(content) if end < 0 else end
        number += 1
        line = content[place:end].strip(b" \r")
        place = end + 1
        if line:
            yield number, line


def _are_names(cells: Sequence[str], known: Collection[str]) -> bool:
    """Return whether the cells of the first row are names of columns.

    Most are words; or the numbers count the columns, as pandas does where it has no names, beside a
    known name or further than a pixel of eight bits is bright. Nothing is a name in front only,
    over pandas' numbers of the rows: elsewhere it is a cell that is missing.
    """
    numbers = [float(cell) for cell in cells if _is_number(cell)]
    if 2 * sum(not _is_number(cell) for cell in cells if cell) > len(cells):
        return True
    if not any(numbers == list(range(start, start + len(numbers))) for start in (0, 1)):
        return False
    beside = any(cell.lower() in known for place, cell in enumerate(cells) if cell or not place)
    return beside or max(numbers, default=0) > _BRIGHTEST


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
