"""The same latent numbers drawn at the end of every epoch: pictures of how a generator learns."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.files import atomic_path
from glyphlab._common.untrusted import read_gray

__all__ = ["animation", "grid_files", "grid_image", "write_grid"]

FOLDER = "grids"
GAP = 2
"""Pixels between two pictures."""
MILLISECONDS = 350


def grid_image(images: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Return pictures ``(n, h, w)`` side by side, `columns` in a row, as one image."""
    count, height, width = images.shape
    rows = -(-count // columns)
    whole = np.zeros((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP), np.uint8)
    for place, picture in enumerate(images):
        top, left = place // columns * (height + GAP), place % columns * (width + GAP)
        whole[top : top + height, left : left + width] = picture
    return whole


def write_grid(folder: Path, epoch: int, images: NDArray[np.uint8], columns: int) -> None:
    """Write the grid of an epoch as a PNG, whole or not at all."""
    from PIL import Image

    path = folder / FOLDER / f"{epoch:04d}.png"
    path.parent.mkdir(exist_ok=True)
    buffer = io.BytesIO()
    Image.fromarray(grid_image(images, columns)).save(buffer, "PNG", optimize=True)
    with atomic_path(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def grid_files(folder: Path) -> list[Path]:
    """Return the grids of a run, by epoch."""
    return sorted((folder / FOLDER).glob("[0-9]*.png"))


def animation(folder: Path) -> bytes:
    """Return the grids of a run as one animated GIF, the last one held longer.

    Raises
    ------
    IndexError
        Where there is no grid.
    """
    from PIL import Image

    frames = []
    for file in grid_files(folder):
        frames.append(Image.fromarray(read_gray(file).pixels))
    buffer = io.BytesIO()
    durations = [MILLISECONDS] * (len(frames) - 1) + [4 * MILLISECONDS]
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0
    )
    return buffer.getvalue()
