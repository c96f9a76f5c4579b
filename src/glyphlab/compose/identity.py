"""When two glyphs are the same picture, whatever they are called and wherever they stand."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from glyphlab.compose.scene import Scene

__all__ = ["cut_glyphs", "glyph_hashes"]

_CHUNK = 2048


def cut_glyphs(images: NDArray[np.uint8], scene: Scene) -> NDArray[np.uint8]:
    """Cut out of each image the boxes that its symbols can reach.

    Parameters
    ----------
    images : (n, H, W) uint8
    scene : Scene
        Whose symbols do not overlap.

    Returns
    -------
    (n, k, h + free_y, w + free_x) uint8
    """
    height, width = scene.cell[0] + scene.free_y, scene.cell[1] + scene.free_x
    boxes = [
        images[:, top : top + height, left : left + width]
        for top, left in zip(scene.rows, scene.columns, strict=True)
    ]
    return np.stack(boxes, axis=1)


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
    n, height, width = glyphs.shape
    hashes = np.empty(n, np.uint64)
    for start in range(0, n, _CHUNK):
        part = glyphs[start : start + _CHUNK]
        # Moving the crop to the upper left corner makes equal crops equal bytes: read a window of
        # the zero-padded box that begins at the first row and the first column with ink.
        padded = np.pad(part, ((0, 0), (0, height - 1), (0, width - 1)))
        top = part.any(axis=2).argmax(axis=1)
        left = part.any(axis=1).argmax(axis=1)
        windows = sliding_window_view(padded, (height, width), axis=(1, 2))
        aligned = windows[np.arange(len(part)), top, left].reshape(len(part), -1)
        joined = b"".join(hashlib.blake2b(row, digest_size=8).digest() for row in aligned)
        hashes[start : start + len(part)] = np.frombuffer(joined, np.uint64)
    return hashes
