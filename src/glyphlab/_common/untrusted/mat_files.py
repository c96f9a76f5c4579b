"""MATLAB's ``.mat`` files from outside: the arrays of numbers in files of version 4 to 7.

SciPy reads them too, and a damaged one may end its process: so they are read here, with nothing
left that a file could promise (MathWorks, *MAT-File Format*, levels 4 and 5).
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.untrusted.limits import ARRAY_BYTES, FILE_BYTES, MEMBERS, in_words
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["parse_mat", "read_mat"]

_HEAD = 128
"""Bytes before the first variable, in files of version 5."""
_MATRIX, _COMPRESSED, _INTEGERS, _NAME = 14, 15, 5, 1
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8",
           13: "u8"}  # fmt: skip
"""Types of numbers as they are stored, which may be smaller than those of the array."""
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8",
            15: "u8"}  # fmt: skip
_LOGICAL, _COMPLEX = 0x02, 0x08
_MOST_AXES = 32
_OLD_HEAD = 20
_OLD_TYPES = {0: "f8", 1: "f4", 2: "i4", 3: "i2", 4: "u2", 5: "u1"}
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SAVE_AS = "save it with -v7 in MATLAB, or as .npz in Python"


def read_mat(path: Path, limit: int = ARRAY_BYTES) -> dict[str, NDArray[Any]]:
    """Return the arrays of numbers in a file; see `parse_mat`."""
    return parse_mat(read_plain_file(path, FILE_BYTES), path, limit)


def parse_mat(
    content: bytes, where: str | Path, limit: int = ARRAY_BYTES
) -> dict[str, NDArray[Any]]:
    """Return the arrays of real numbers in a MATLAB file, by name, with MATLAB's own axes.

    Whole numbers of an array of doubles are floats of 32 bits where they were stored in 16 bits or
    fewer. Structures, cells, text, functions, sparse and complex arrays are left alone.

    Raises
    ------
    Unreadable
        Where it is no such file, is one of version 7.3, would unpack to more than `limit`, or
        promises more than there is.
    """
    if content[512 : 512 + len(_HDF5)] == _HDF5 or content.startswith(_HDF5):
        raise Unreadable(where, "it is HDF5 (MATLAB's version 7.3), which is not read", _SAVE_AS)
    found: dict[str, NDArray[Any]] = {}
    held = 0
    try:
        variables = _old_variables(content) if b"\0" in content[:4] else _variables(content, limit)
        for number, one in enumerate(variables):
            held += one.nbytes
            if held > limit or number >= MEMBERS:
                raise _TooMuchError
            if one.array is not None:
                found[one.name] = one.array
    except _TooMuchError:
        raise Unreadable(
            where, f"it unpacks to more than {in_words(limit)}", "name a smaller file"
        ) from None
    except (ValueError, struct.error, zlib.error, UnicodeDecodeError) as error:
        raise Unreadable(where, f"it is no MATLAB file ({error})") from error
    return found


class _TooMuchError(Exception):
    """More than the limit."""


@dataclass(frozen=True)
class _Variable:
    """A variable, with its array where it holds real numbers, and the bytes that it takes."""

    name: str
    array: NDArray[Any] | None
    nbytes: int


def _variables(content: bytes, limit: int) -> Iterator[_Variable]:
    """Yield the variables of a file of version 5."""
    order = {b"IM": "<", b"MI": ">"}.get(content[126:_HEAD])
    if order is None:
        raise ValueError("it has no header of version 5")
    place = _HEAD
    while place + 8 <= len(content):
        kind, length = struct.unpack(f"{order}II", content[place : place + 8])
        body = content[place + 8 : place + 8 + length]
        if len(body) < length:
            raise ValueError("it is cut short")
        place += 8 + length
        if kind == _COMPRESSED:
            kind, body = _unpacked(body, order, limit)
        if kind == _MATRIX:
            yield _matrix(body, order, limit)


def _unpacked(body: bytes, order: str, limit: int) -> tuple[int, bytes]:
    """Return the one element that another packs."""
    unpacking = zlib.decompressobj()
    whole = unpacking.decompress(body, limit + 9)
    if len(whole) > limit + 8:
        raise _TooMuchError
    if len(whole) < 8:
        raise ValueError("a variable is cut short")
    kind, length = struct.unpack(f"{order}II", whole[:8])
    if len(whole) < 8 + length:
        raise ValueError("a variable is cut short")
    return kind, whole[8 : 8 + length]


def _matrix(body: bytes, order: str, limit: int) -> _Variable:
    parts = _elements(body, order)
    _, flags = next(parts)
    if len(flags) < 4:
        raise ValueError("a variable without flags")
    (word,) = struct.unpack(f"{order}I", flags[:4])
    kind, marks = word & 0xFF, word >> 8 & 0xFF
    sides_kind, sides_bytes = next(parts)
    _, name_bytes = next(parts)
    name = name_bytes.rstrip(b"\0").decode("latin-1")
    if kind not in _CLASSES or marks & _COMPLEX or sides_kind != _INTEGERS:
        return _Variable(name, None, len(body))
    sides = [int(side) for side in np.frombuffer(sides_bytes, f"{order}i4")]
    stored, numbers = next(parts)
    if stored not in _STORED or not 2 <= len(sides) <= _MOST_AXES or min(sides) < 0:
        raise ValueError(f"'{name[:40]}' has no numbers")
    dtype = np.dtype(order + _STORED[stored])
    count = math.prod(sides)
    if count * dtype.itemsize != len(numbers):
        raise ValueError(f"'{name[:40]}' promises {count:,} numbers in {len(numbers):,} bytes")
    wanted = _wanted(_CLASSES[kind], dtype, bool(marks & _LOGICAL))
    if count * wanted.itemsize > limit:
        raise _TooMuchError
    array = np.frombuffer(numbers, dtype).astype(wanted).reshape(sides, order="F")
    return _Variable(name, array, max(len(body), array.nbytes))


def _wanted(kind: str, stored: np.dtype[Any], logical: bool) -> np.dtype[Any]:
    if logical:
        return np.dtype(np.bool_)
    if kind == "f8" and stored.kind in "iu" and stored.itemsize <= 2:
        return np.dtype(np.float32)
    return np.dtype(kind)


def _elements(body: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield type and bytes of the elements of a variable; each starts at a multiple of 8 bytes."""
    place = 0
    while place + 8 <= len(body):
        first, length = struct.unpack(f"{order}II", body[place : place + 8])
        if first >> 16:  # up to four bytes stand where the length would
            kind, length, start, step = first & 0xFFFF, first >> 16, place + 4, 8
            if length > 4:
                raise ValueError("a small element of more than four bytes")
        else:
            kind, start = first, place + 8
            step = 8 + (length + 7) // 8 * 8
        if start + length > len(body):
            raise ValueError("a variable promises more than there is")
        yield kind, body[start : start + length]
        place += step
    raise ValueError("a variable ends too early")


def _old_variables(content: bytes) -> Iterator[_Variable]:
    """Yield the variables of a file of version 4."""
    place = 0
    while place + _OLD_HEAD <= len(content):
        order = "<" if struct.unpack("<i", content[place : place + 4])[0] in range(5_000) else ">"
        head = struct.unpack(f"{order}5i", content[place : place + _OLD_HEAD])
        form, rows, columns, imaginary, letters = head
        stored = _OLD_TYPES.get(form // 10 % 10)
        if form not in range(5_000) or stored is None or min(rows, columns, letters) < 0:
            raise ValueError("it has no header of version 4")
        place += _OLD_HEAD
        name = content[place : place + letters].rstrip(b"\0").decode("latin-1")
        place += letters
        dtype = np.dtype(order + stored)
        length = rows * columns * dtype.itemsize
        numbers = content[place : place + length]
        if len(numbers) < length:
            raise ValueError(f"'{name[:40]}' is cut short")
        place += length * (2 if imaginary else 1)
        array = None
        if form % 10 == 0 and not imaginary:  # neither text nor sparse
            native = dtype.newbyteorder("=")
            array = np.frombuffer(numbers, dtype).astype(native)
            array = array.reshape((rows, columns), order="F")
        yield _Variable(name, array, length)
    if place < len(content):
        raise ValueError("it has a tail")
