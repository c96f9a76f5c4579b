"""Tables of pixels: a row an image, its label in a column, as Kaggle's ``label,pixel0,…``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, printable
from glyphlab._common.untrusted.number_tables import Columns, NumberTable, read_number_table
from glyphlab.data.formats.beside import test_file_beside
from glyphlab.data.formats.content import NOT_STATED, Content, Part
from glyphlab.data.formats.gray_arrays import coded, gray_images, gray_parts

__all__ = ["table_content", "table_files", "table_pixels"]

_LABELS = ("label", "labels", "class", "target", "y", "digit", "letter", "character", "symbol",
           "category")  # fmt: skip
"""What a column of labels is called, in small letters."""
_ROW_NUMBERS = ("", "id", "index", "unnamed: 0", "image_id", "imageid", "row_id")
"""What a column is called that numbers the rows."""
_SHOWN = 40


def table_files(path: Path) -> list[Path]:
    """Return the files that a table is read from: itself, and its test file where there is one."""
    beside = test_file_beside(path)
    return [path] if beside is None else [path, beside]


def table_content(path: Path) -> Content:
    """Read a table of pixels, and the test table beside it.

    The label stands in the column that is called ``label``, ``class`` or ``target``, or, where the
    columns have no names, in the first. All other columns are pixels, a square number of them, row
    by row; a column that numbers the rows is left out.

    Raises
    ------
    DataError
        Where it has no labels, no square number of pixels, or is damaged.
    """
    remarks: list[str] = []
    tables = [(path, _read(path))]
    beside = test_file_beside(path)
    if beside is not None:
        test = _read(beside)
        if test.labels is None:
            remarks.append(
                f"left out: {len(test.values):,} images of {beside.name}, without labels"
            )
        else:
            tables.append((beside, test))
    texts = []
    for file, table in tables:
        if table.labels is None:
            raise DataError(
                f"{file}: {table.values.shape[1]:,} columns and none of labels, expected one "
                "called 'label', or labels in the first column: add it"
            )
        texts.append(table.labels)
    codes, names = coded(texts, path)
    kind = np.result_type(*(table.values for _, table in tables))  # each has one by its numbers
    scaled = gray_parts([(table.values.astype(kind, copy=False), file) for file, table in tables])
    parts = []
    for (pixels, said), code in zip(scaled, codes, strict=True):
        remarks += [remark for remark in said if remark not in remarks]
        parts.append(Part(pixels, code))
    return Content(
        names, parts[0], parts[1] if len(parts) > 1 else None, NOT_STATED, tuple(remarks)
    )


def table_pixels(path: Path) -> NDArray[np.uint8]:
    """Read the images ``(n, h, w)`` of one table of pixels, with labels or without.

    Raises
    ------
    DataError
        As `table_content`, but for a table without labels.
    """
    return gray_images(_read(path).values, path)[0]


def _read(path: Path) -> NumberTable:
    known = (*_LABELS, *_ROW_NUMBERS)
    return read_number_table(path, lambda header, width: _columns(path, header, width), known)


def _columns(path: Path, header: Sequence[str] | None, width: int) -> Columns:
    """Decide by their names, or by how many there are, what columns hold."""
    if header is None:
        if _is_square(width - 1):
            return Columns(label=0)
        if _is_square(width):
            return Columns()
        raise _no_square(path, width - 1)
    names = [name.lower() for name in header]
    dropped = tuple(place for place, name in enumerate(names) if name in _ROW_NUMBERS)
    labels = [place for place, name in enumerate(names) if name in _LABELS]
    if len(labels) > 1:
        shown = ", ".join(f"'{header[place]}'" for place in labels[:4])
        raise DataError(f"{path}: columns {shown}, expected one of labels: remove the others")
    pixels = width - len(labels) - len(dropped)
    if not labels and not _is_square(pixels) and _is_square(pixels - 1):
        labels = [place for place, name in enumerate(names)
                  if place not in dropped and not any(one.isdigit() for one in name)]  # fmt: skip
        if len(labels) != 1:
            raise DataError(
                f"{path}: no column is called 'label', found {_shown(header)}: name the column of "
                "labels so"
            )
        pixels -= 1
    if not _is_square(pixels):
        raise _no_square(path, pixels, header)
    return Columns(labels[0] if labels else None, dropped)


def _no_square(path: Path, pixels: int, header: Sequence[str] | None = None) -> DataError:
    named = f" (columns {_shown(header)})" if header else ""
    return DataError(
        f"{path}: {max(0, pixels):,} columns of pixels{named}, expected a square number such as "
        "784 (28×28) and a column 'label': is it a table of images?"
    )


def _shown(header: Sequence[str]) -> str:
    text = printable(", ".join(header[:5]))[:_SHOWN]
    return f"'{text}', …" if len(header) > 5 or len(text) == _SHOWN else f"'{text}'"


def _is_square(number: int) -> bool:
    return number > 0 and math.isqrt(number) ** 2 == number
