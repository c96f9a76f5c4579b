"""MATLAB's ``.mat`` files from outside."""

from __future__ import annotations

import io
import math
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.untrusted.limits import ARRAY_BYTES, FILE_BYTES, MEMBERS, in_words
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["parse_mat", "read_mat"]

_HEAD = 128
"""Bytes before the first variable, in files of version 5."""
_COMPRESSED = 15
_NUMERIC = {"double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
            "uint64", "logical"}  # fmt: skip
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SAVE_AS = "save it with -v7 in MATLAB, or as .npz in Python"


def read_mat(path: Path, limit: int = ARRAY_BYTES) -> dict[str, NDArray[Any]]:
    """Return the arrays of numbers in a file; see `parse_mat`."""
    return parse_mat(read_plain_file(path, FILE_BYTES), path, limit)


def parse_mat(
    content: bytes, where: str | Path, limit: int = ARRAY_BYTES
) -> dict[str, NDArray[Any]]:
    """Return the arrays of numbers in a MATLAB file of version 4 to 7, by name.

    Structures, cells, text and functions in it are left alone.

    Raises
    ------
    Unreadable
        Where it is no such file, is one of version 7.3, would unpack to more than `limit`, or
        promises more than there is.
    """
    if content[512 : 512 + len(_HDF5)] == _HDF5 or content.startswith(_HDF5):
        raise Unreadable(where, "it is HDF5 (MATLAB's version 7.3), which is not read", _SAVE_AS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that occur twice, and of what is skipped
            return _arrays(_unpacked(content, where, limit), limit)
    except Unreadable:
        raise
    except Exception as error:  # scipy, struct and zlib each have errors of their own
        raise Unreadable(where, f"it is no MATLAB file ({error})") from error


def _arrays(content: bytes, limit: int) -> dict[str, NDArray[Any]]:
    import scipy.io

    wanted = []
    for name, shape, kind in scipy.io.whosmat(io.BytesIO(content)):
        if kind in _NUMERIC and math.prod(shape) <= min(limit, 8 * len(content)):
            wanted.append(name)
    if not wanted:
        return {}
    found = scipy.io.loadmat(io.BytesIO(content), variable_names=wanted)
    return {
        name: found[name]
        for name in wanted
        if isinstance(found.get(name), np.ndarray) and found[name].dtype.kind in "biuf"
    }


def _unpacked(content: bytes, where: str | Path, limit: int) -> bytes:
    """Return the same file with every variable as it is: packed, one may unpack to anything."""
    if b"\0" in content[:4] or len(content) <= _HEAD:
        return content  # version 4, which packs nothing; or no file at all
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None:
        raise ValueError("it has no header of version 5")
    parts, place, size, variables = [content[:_HEAD]], _HEAD, 0, 0
    while place + 8 <= len(content):
        kind, length = struct.unpack(f"{order}II", content[place : place + 8])
        whole = content[place : place + 8 + length]
        if len(whole) < 8 + length:
            raise ValueError("it is cut short")
        variables += 1
        if kind == _COMPRESSED:
            unpacking = zlib.decompressobj()
            whole = unpacking.decompress(whole[8:], limit + 1 - size)
        size += len(whole)
        if size > limit or variables > MEMBERS:
            raise Unreadable(
                where, f"it unpacks to more than {in_words(limit)}", "name a smaller file"
            )
        parts.append(whole)
        place += 8 + length
    return b"".join(parts)
