"""The IDX format of MNIST: bytes to array and back.

A file is two zero bytes, one byte for the type of the values, one for the number of axes, the
length of each axis as a big-endian 32-bit integer, and the big-endian values in C order
(Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, file formats).
"""

from __future__ import annotations

import math
from collections.abc import Container
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import unpack_gzip
from glyphlab._common.untrusted.gzip_streams import MAGIC
from glyphlab._common.untrusted.limits import ARRAY_BYTES, in_words

__all__ = ["decode_idx", "decompressed", "encode_idx"]

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 32
_LARGEST = 2**62
_LONGEST_HEADER = 4 + 4 * 255


def decompressed(content: bytes, name: str = "the file", limit: int = ARRAY_BYTES) -> bytes:
    """Return `content` itself, or what it unpacks to if it is gzip.

    Raises
    ------
    DataError
        Where the gzip stream is cut short or damaged, or unpacks to more than `limit` bytes.
    """
    return unpack_gzip(content, name, limit) if content.startswith(MAGIC) else content


def decode_idx(
    content: bytes, name: str = "the file", axes: int | Container[int] | None = None
) -> NDArray[Any]:
    """Read numbers in IDX form, gzip or plain.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        What an error message calls it.
    axes : int or container of int, optional
        How many axes there must be: 3 for images, 1 for labels.

    Returns
    -------
    uint8, int8, int16, int32, float32 or float64 array
        Of unsigned bytes read-only, sharing the memory of the (unpacked) file.

    Raises
    ------
    DataError
        Where the magic number is wrong or the length is not what the header says.
    """
    packed = content
    if packed.startswith(MAGIC):  # no further than the header says
        content = unpack_gzip(packed, name, _LONGEST_HEADER, begin=True)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES:
        raise DataError(
            f"{name}: starts with 0x{content[:4].hex()}, expected the IDX magic: 0x0000, the type "
            "of its numbers (as 08 of unsigned bytes) and the number of axes; is it the right file?"
        )
    dtype, found_axes = np.dtype(_TYPES[content[2]]), content[3]
    if axes is not None and (
        found_axes != axes if isinstance(axes, int) else found_axes not in axes
    ):
        expected_axes = axes if isinstance(axes, int) else "those of images or of labels"
        raise DataError(
            f"{name}: holds {found_axes} axes, expected {expected_axes}; "
            "are the files of images and of labels exchanged?"
        )
    start = 4 + 4 * found_axes
    if len(content) < start:
        raise DataError(
            f"{name}: {len(content)} bytes, expected a header of {start}; "
            "it is cut short, fetch it again"
        )
    shape = tuple(int(length) for length in np.frombuffer(content[4:start], dtype=">u4"))
    expected = start + math.prod(shape) * dtype.itemsize
    largest = math.prod(max(length, 1) for length in shape) * dtype.itemsize
    if found_axes > _MOST_AXES or largest > _LARGEST:
        raise DataError(
            f"{name}: a header of {found_axes} axes, which promises more than any file holds; it "
            "is damaged, fetch it again"
        )
    if packed is not content and expected > ARRAY_BYTES:
        raise DataError(
            f"{name}: unpacks to {in_words(expected)}, expected at most {in_words(ARRAY_BYTES)}; "
            "is it the right file?"
        )
    content = decompressed(packed, name, expected)
    if len(content) != expected:
        raise DataError(
            f"{name}: {len(content)} bytes, expected {expected} for shape {shape}; "
            "it is cut short or has a tail, fetch it again"
        )
    found = np.frombuffer(content, dtype=dtype, offset=start).reshape(shape)
    return found.astype(dtype.newbyteorder("="), copy=False)


def encode_idx(array: NDArray[Any]) -> bytes:
    """Write an array in IDX form, not compressed.

    Raises
    ------
    DataError
        Where the values are of none of its types.
    """
    big = array.dtype.newbyteorder(">")
    code = next((code for code, kind in _TYPES.items() if np.dtype(kind) == big), None)
    if code is None or not 1 <= array.ndim <= 255:
        raise DataError(
            "IDX holds uint8, int8, int16, int32, float32 or float64 with 1 to 255 axes, found "
            f"{array.dtype} with {array.ndim}; convert the array first"
        )
    header = bytes([0, 0, code, array.ndim])
    return header + np.asarray(array.shape, dtype=">u4").tobytes() + array.astype(big).tobytes()
