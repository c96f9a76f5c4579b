"""Drawing many images at once; no loop runs over images."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from glyphlab._common.errors import SceneError
from glyphlab.data import Symbols
from glyphlab.tasks.scenes.scene import Scene

__all__ = ["draw", "pick_glyphs", "random_offsets", "require_cell"]

_CHUNK = 256
"""Images drawn at a time, so that their glyphs stay in the cache."""


def pick_glyphs(
    pool: Symbols, symbols: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw a glyph for each symbol, uniformly and with replacement among those of its class.

    Parameters
    ----------
    pool : Symbols
        What may be drawn.
    symbols : (n, k) int64
        Classes wanted.
    rng : numpy.random.Generator

    Returns
    -------
    (n, k) int64
        Indices into `pool` (not ids).

    Raises
    ------
    SceneError
        Where the pool has no glyph of a class that is wanted.
    """
    counts = np.bincount(pool.labels, minlength=pool.classes)
    missing = [pool.class_names[c] for c in np.unique(symbols) if counts[c] == 0]
    if missing:
        raise SceneError(
            f"the glyphs of '{pool.origin}' hold none of class {', '.join(missing)}, expected at "
            "least one; add images of it or use another source"
        )
    by_class = np.argsort(pool.labels, kind="stable")
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    picked: NDArray[np.int64] = by_class[first[symbols] + rng.integers(0, counts[symbols])]
    return picked


def require_cell(scene: Scene, glyphs: NDArray[np.uint8], source: str = "SOURCE") -> None:
    """Insist that glyphs ``(m, h, w)`` have the size of a scene's cell.

    Raises
    ------
    SceneError
        With the command that brings the images of `source` to it.
    """
    if glyphs.shape[1:] == scene.cell:
        return
    cell, found = (f"{width}×{height}" for height, width in (scene.cell, glyphs.shape[1:]))
    advice = f"scale them to {cell}"
    if scene.cell[0] == scene.cell[1]:
        advice = (
            f"type 'glyphlab data import {shlex.quote(source)} --out FOLDER --size "
            f"{scene.cell[0]}' and name that folder"
        )
    raise SceneError(
        f"scene '{scene.name}' is made of cells of {cell} pixels, the images of '{source}' have "
        f"{found}: {advice}"
    )


def random_offsets(scene: Scene, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the offset of every symbol of `n` images.

    Returns
    -------
    (n, k, 2) int64
        Downwards and to the right, in pixels.
    """
    highest = np.array([scene.free_y, scene.free_x])
    return rng.integers(0, highest, size=(n, scene.count, 2), endpoint=True)


def draw(
    scene: Scene,
    glyphs: NDArray[np.uint8],
    index: NDArray[np.int64],
    offsets: NDArray[np.int64],
    change: Callable[[NDArray[np.uint8], int], NDArray[np.uint8]] | None = None,
) -> NDArray[np.uint8]:
    """Draw images.

    Parameters
    ----------
    scene : Scene
    glyphs : (m, h, w) uint8
        Of the scene's cell.
    index : (n, k) int64
        Which glyph stands at each position.
    offsets : (n, k, 2) int64
        Downwards ``0 … free_y`` and to the right ``0 … free_x``, in pixels.
    change : callable, optional
        Alters the drawn glyphs ``(j, h, w)`` of one chunk, given its number.

    Returns
    -------
    (n, H, W) uint8
        Where two symbols meet, the stronger ink stays.

    Raises
    ------
    SceneError
        Where the glyphs are not of the scene's cell.
    """
    require_cell(scene, glyphs)
    images = np.zeros((len(index), *scene.canvas), np.uint8)
    # Every place a glyph could stand, as a view: (n, places down, places right, h, w). Assigning
    # to one place of each image then copies whole glyphs.
    places = sliding_window_view(images, scene.cell, axis=(1, 2), writeable=True)
    corner, overlaps = np.stack([scene.rows, scene.columns], axis=1), scene.may_overlap
    for number, start in enumerate(range(0, len(index), _CHUNK)):
        part = slice(start, start + _CHUNK)
        chosen = glyphs[index[part]]
        if change is not None:
            chosen = change(chosen.reshape(-1, *scene.cell), number).reshape(chosen.shape)
        item = np.arange(start, start + len(chosen))
        for position in range(scene.count):
            top, left = (corner[position] + offsets[part, position]).T
            ink = chosen[:, position]
            if overlaps:
                ink = np.maximum(ink, places[item, top, left])
            places[item, top, left] = ink
    return images
