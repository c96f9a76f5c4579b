"""The IDX format of MNIST: bytes to array and back.

A file is two zero bytes, one byte for the type (8: unsigned bytes), one for the number of axes, the
length of each axis as a big-endian 32-bit integer, and the values in C order
(Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, file formats).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import unpack_gzip
from glyphlab._common.untrusted.gzip_streams import MAGIC
from glyphlab._common.untrusted.limits import ARRAY_BYTES

__all__ = ["decode_idx", "decompressed", "encode_idx"]

_UNSIGNED_BYTE = 0x08
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
    content: bytes, name: str = "the file", axes: int | None = None
) -> NDArray[np.uint8]:
    """Read unsigned bytes in IDX form, gzip or plain.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        What an error message calls it.
    axes : int, optional
        How many axes there must be: 3 for images, 1 for labels.

    Returns
    -------
    uint8 array
        Read-only, sharing the memory of the (unpacked) bytes.

    Raises
    ------
    DataError
        Where the magic number is wrong or the length is not what the header says.
    """
    packed = content
    if packed.startswith(MAGIC):  # no further than the header says
        content = unpack_gzip(packed, name, _LONGEST_HEADER, begin=True)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _UNSIGNED_BYTE:
        raise DataError(
            f"{name}: starts with 0x{content[:4].hex()}, expected the IDX magic of unsigned bytes "
            "(0x0000 08 and the number of axes); is it the right file?"
        )
    found_axes = content[3]
    if axes is not None and found_axes != axes:
        raise DataError(
            f"{name}: holds {found_axes} axes, expected {axes}; "
            "are the files of images and of labels exchanged?"
        )
    start = 4 + 4 * found_axes
    if len(content) < start:
        raise DataError(
            f"{name}: {len(content)} bytes, expected a header of {start}; "
            "it is cut short, fetch it again"
        )
    shape = tuple(int(length) for length in np.frombuffer(content[4:start], dtype=">u4"))
    expected = start + math.prod(shape)
    if found_axes > _MOST_AXES or math.prod(max(length, 1) for length in shape) > _LARGEST:
        raise DataError(
            f"{name}: a header of {found_axes} axes, which promises more than any file holds; it "
            "is damaged, fetch it again"
        )
    content = decompressed(packed, name, expected)
    if len(content) != expected:
        raise DataError(
            f"{name}: {len(content)} bytes, expected {expected} for shape {shape}; "
            "it is cut short or has a tail, fetch it again"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def encode_idx(array: NDArray[np.uint8]) -> bytes:
    """Write an array of unsigned bytes in IDX form, not compressed.

    Raises
    ------
    DataError
        Where the values are not unsigned bytes.
    """
    if array.dtype != np.uint8 or not 1 <= array.ndim <= 255:
        raise DataError(
            f"IDX here holds uint8 with 1 to 255 axes, found {array.dtype} with {array.ndim}; "
            "convert the array first"
        )
    header = bytes([0, 0, _UNSIGNED_BYTE, array.ndim])
    return header + np.asarray(array.shape, dtype=">u4").tobytes() + array.tobytes()
