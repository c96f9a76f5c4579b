"""Archives from outside: NumPy's ``.npz``, and whatever else is a zip file."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.untrusted.limits import ARRAY_BYTES, MEMBERS, in_words
from glyphlab._common.untrusted.plain_files import Unreadable

__all__ = ["parse_npz", "require_small_archive"]


def require_small_archive(
    content: bytes, where: str | Path, limit: int = ARRAY_BYTES, *, packed: bool = True
) -> zipfile.ZipFile:
    """Return a zip file, opened in memory, whose members together unpack to `limit` bytes at most.

    Parameters
    ----------
    content : bytes
    where : str or Path
        What a message calls it.
    limit : int
    packed : bool
        Members may be deflated. What reads them whole and not in pieces must not let them: a
        member may unpack to more than it says.

    Raises
    ------
    Unreadable
        Where it is no zip file, would unpack to more, or is packed in a way that it may not be.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except Exception as error:  # zipfile knows several, and struct and zlib theirs
        raise Unreadable(where, f"it is no archive ({error})") from error
    size = sum(member.file_size for member in members)
    if size > limit or len(members) > MEMBERS:
        raise Unreadable(
            where,
            f"it unpacks to {in_words(size)} in {len(members)} files, expected at most "
            f"{in_words(limit)}",
        )
    known = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[: 1 + packed]
    for member in members:
        if member.compress_type not in known:
            how = "stored or deflated" if packed else "stored as it is"
            raise Unreadable(where, f"'{member.filename}' is packed, expected it {how}")
    return archive


def parse_npz(
    content: bytes, where: str | Path, limit: int = ARRAY_BYTES
) -> dict[str, NDArray[Any]]:
    """Return the arrays of an archive by name; none of them can be a pickle.

    Raises
    ------
    Unreadable
        Where it is no such archive, would unpack to more than `limit`, or an array holds objects
        or promises more than there is.
    """
    with require_small_archive(content, where, limit) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of headers that Python 2 wrote
        found = {}
        for member in archive.infolist():
            try:
                with archive.open(member) as file:
                    _require_honest(file, member.file_size)
                with archive.open(member) as file:
                    array = np.lib.format.read_array(file, allow_pickle=False)
            except Exception as error:  # zipfile, zlib and numpy each have errors of their own
                raise Unreadable(where, f"'{member.filename}' is no array ({error})") from error
            found[member.filename.removesuffix(".npy")] = array
    return found


def _require_honest(file: Any, size: int) -> None:
    """Refuse a header that promises more than its member holds, before room is made for it."""
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise ValueError(f"unknown version {version} of the format")
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    shape, _, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds objects, which only a pickle can")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"shape {shape} of {dtype} promises more than its {size} bytes")
