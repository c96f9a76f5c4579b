"""When two glyphs are the same ink, whatever they are called and wherever it stands."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["glyph_hashes"]

_CHUNK = 2048


def glyph_hashes(glyphs: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash the ink of each glyph, cropped to its bounding box.

    Parameters
    ----------
    glyphs : (n, h, w) uint8

    Returns
    -------
    (n,) uint64
        Equal for equal crops. That any two of a million different crops agree by chance has a
        probability of 3e-8 (64 bits of BLAKE2b).
    """
    n, _, width = glyphs.shape
    hashes = np.empty(n, np.uint64)
    for start in range(0, n, _CHUNK):
        part = glyphs[start : start + _CHUNK]
        inked = part.max(axis=2) > 0
        top, left = inked.argmax(axis=1), (part.max(axis=1) > 0).argmax(axis=1)
        tallest = int((part.shape[1] - inked[:, ::-1].argmax(axis=1) - top).max())
        # Moving each crop to the upper left corner: first a window of rows from the top of the ink,
        # then one of columns. Cut to its own width a crop is the same bytes on any canvas.
        columns = part.max(axis=1) > 0
        wide_of = (width - columns[:, ::-1].argmax(axis=1) - left) * columns.any(axis=1)
        aligned = _window(np.pad(part, ((0, 0), (0, tallest), (0, 0))), top, 0, tallest, width)
        aligned = _window(np.pad(aligned, ((0, 0), (0, 0), (0, width))), 0, left, tallest, width)
        joined = b"".join(
            hashlib.blake2b(
                bytes([wide % 256]) + glyph[:, :wide].tobytes().rstrip(b"\0"), digest_size=8
            ).digest()
            for glyph, wide in zip(aligned, wide_of.tolist(), strict=True)
        )
        hashes[start : start + len(part)] = np.frombuffer(joined, np.uint64)
    return hashes


def _window(
    images: NDArray[np.uint8],
    top: NDArray[np.int64] | int,
    left: NDArray[np.int64] | int,
    height: int,
    width: int,
) -> NDArray[np.uint8]:
    windows = sliding_window_view(images, (height, width), axis=(1, 2))
    found: NDArray[np.uint8] = windows[np.arange(len(images)), top, left]
    return found
