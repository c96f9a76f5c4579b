"""When two glyphs are the same picture, whatever they are called and wherever they stand."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from glyphlab.tasks.scenes.scene import Scene

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
    n, _, width = glyphs.shape
    hashes = np.empty(n, np.uint64)
    for start in range(0, n, _CHUNK):
        part = glyphs[start : start + _CHUNK]
        inked = part.max(axis=2) > 0
        top, left = inked.argmax(axis=1), (part.max(axis=1) > 0).argmax(axis=1)
        tallest = int((part.shape[1] - inked[:, ::-1].argmax(axis=1) - top).max())
        # Moving each crop to the upper left corner makes equal crops equal bytes, up to zeros after
        # the last ink: first a window of rows from the top of the ink, then one of columns.
        aligned = _window(np.pad(part, ((0, 0), (0, tallest), (0, 0))), top, 0, tallest, width)
        aligned = _window(np.pad(aligned, ((0, 0), (0, 0), (0, width))), 0, left, tallest, width)
        joined = b"".join(
            hashlib.blake2b(glyph.tobytes().rstrip(b"\0"), digest_size=8).digest()
            for glyph in aligned
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
