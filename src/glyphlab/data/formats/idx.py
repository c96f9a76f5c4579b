"""The IDX format of MNIST: bytes to array and back.

A file is two zero bytes, one byte for the type (8: unsigned bytes), one for the number of axes, the
length of each axis as a big-endian 32-bit integer, and the values in C order
(Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, file formats).
"""

from __future__ import annotations

import gzip
import zlib

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError

__all__ = ["decode_idx", "decompressed", "encode_idx"]

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"


def decompressed(content: bytes, name: str = "the file") -> bytes:
    """Return `content` itself, or what it unpacks to if it is gzip.

    Raises
    ------
    DataError
        Where the gzip stream is cut short or damaged.
    """
    if not content.startswith(_GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{name}: its gzip stream is cut short or damaged ({error}), expected a whole one; "
            "delete it and fetch it again"
        ) from error


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
    content = decompressed(content, name)
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
    expected = start + int(np.prod(shape, dtype=object))
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
