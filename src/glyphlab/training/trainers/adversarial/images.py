"""What a generator learns to draw, taken from a task, and how that becomes a task's images."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab._common.errors import RecipeError, TrainingDiverged, UsageError
from glyphlab._common.seeds import numpy_rng
from glyphlab.recipes import GeneratorRecipe
from glyphlab.tasks import Scene, Split, Task
from glyphlab.tasks.drawing import draw, random_offsets

__all__ = ["Pictures", "compose", "from_range", "pictures_of", "scaled", "to_range"]


@dataclass(frozen=True)
class Pictures:
    """Pictures of one kind with what stands on them.

    Attributes
    ----------
    images : (n, h, w) uint8
    labels : (n,) int64
        The symbol; of images with several symbols the first.
    classes : int
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: int

    def __len__(self) -> int:
        return len(self.images)

    @property
    def brightness(self) -> float:
        """Mean of all pixels, in the generator's range of [-1, 1]."""
        return float(self.images.mean()) / 127.5 - 1


def pictures_of(recipe: GeneratorRecipe, task: Task, split: Split) -> Pictures:
    """Return the pictures of a split in the form that the recipe asks for.

    Raises
    ------
    RecipeError
        For labels of whole images with several symbols, or parts of images that do not stand in
        rows and columns.
    """
    scene = task.scene
    if recipe.pictures == "images":
        if scene.count > 1 and recipe.model.conditional:
            raise RecipeError(
                f"an image of '{task.name}' has {scene.count} symbols, and a generator of whole "
                "images takes none of their labels: set model.conditional = false, or pictures = "
                '"symbols"'
            )
        return Pictures(split.images, split.symbols[:, 0], task.classes)
    windows = _Windows.of(scene)
    strips = windows.cut(split.images)
    labels = split.symbols.reshape(-1)
    if recipe.pictures == "strips":
        return Pictures(strips, labels, task.classes)
    glyphs = _glyphs(strips, scene, windows)
    if recipe.pictures == "stacked":
        below = glyphs.reshape(len(split), -1, glyphs.shape[2])
        return Pictures(below, split.symbols[:, 0], task.classes)
    return Pictures(glyphs, labels, task.classes)


def compose(
    symbols: NDArray[np.uint8], scene: Scene, seed: int, pictures: str
) -> NDArray[np.uint8]:
    """Put generated pictures together as images of a scene.

    Parameters
    ----------
    symbols : (n * k, h, w) uint8
        The k parts of an image after each other; stacked ones are ``(n, k * h, w)``.
    scene : Scene
    seed : int
        Of where symbols stand, which the scene draws.
    pictures : {'images', 'strips', 'symbols', 'stacked'}
        What the parts are.

    Returns
    -------
    (n, H, W) uint8
    """
    if pictures == "images":
        return symbols
    if pictures == "stacked":
        symbols = symbols.reshape(len(symbols) * scene.count, -1, symbols.shape[2])
    count = len(symbols) // scene.count
    if pictures == "strips":
        return _Windows.of(scene).joined(symbols.reshape(count, scene.count, *symbols.shape[1:]))
    index = np.arange(len(symbols)).reshape(count, scene.count)
    return draw(scene, symbols, index, random_offsets(scene, count, numpy_rng(seed, "places")))


def to_range(images: NDArray[np.uint8]) -> Tensor:
    """Return uint8 images ``(n, h, w)`` as float32 ``(n, 1, h, w)`` in [-1, 1], channels last.

    Raises
    ------
    UsageError
        For images that are not uint8: which range they are in cannot be told.
    """
    if images.dtype != np.uint8 or images.ndim != 3:
        raise UsageError(
            f"found images {images.shape} of {images.dtype}, expected (n, h, w) of uint8 from 0 to "
            "255: multiply shares of ink by 255 and round"
        )
    return scaled(torch.from_numpy(np.ascontiguousarray(images)))


def scaled(images: Tensor) -> Tensor:
    """Return what `to_range` does of a uint8 tensor ``(n, h, w)``, where it is."""
    pixels = images.float().div_(127.5).sub_(1)
    return pixels.unsqueeze(1).contiguous(memory_format=torch.channels_last)


def from_range(generated: Tensor) -> NDArray[np.uint8]:
    """Return generated images ``(n, 1, h, w)`` in [-1, 1] as uint8 ``(n, h, w)``.

    Raises
    ------
    TrainingDiverged
        Where a value is not finite.
    UsageError
        Where a value is outside the range.
    """
    low, high = float(generated.min()), float(generated.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise TrainingDiverged(
            f"generated images reach from {low} to {high}, expected numbers from -1 to 1: the "
            "training has diverged; lower training.learning_rate, or give training.penalty = "
            '"r1+r2"'
        )
    if not (low >= -1.001 and high <= 1.001):
        raise UsageError(
            f"generated images reach from {low:.3g} to {high:.3g}, expected -1 to 1: the generator "
            "must "
            "end in tanh"
        )
    pixels: NDArray[np.uint8] = (
        generated[:, 0]
        .float()
        .add(1)
        .mul(127.5)
        .round()
        .clamp(0, 255)
        .to(torch.uint8)
        .cpu()
        .numpy()
    )
    return pixels


@dataclass(frozen=True)
class _Windows:
    """Parts of a canvas around one symbol each, as large as each other, without an overlap.

    Attributes
    ----------
    canvas, size : (int, int)
        Height and width of the image, and of a part.
    corners : tuple of (int, int)
        Upper and left edge of each part, which may reach beyond the canvas.
    """

    canvas: tuple[int, int]
    size: tuple[int, int]
    corners: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, scene: Scene) -> _Windows:
        grid = scene.grid(cut=True)
        if grid is None:
            raise RecipeError(
                f"the symbols of '{scene.name}' do not stand in a grid, rows and columns of their "
                'own: choose pictures = "images"'
            )
        high, wide = grid.framed(*scene.canvas)
        high, wide = high // grid.rows, wide // grid.columns
        top, left = grid.down[0] if grid.down else 0, grid.right[0] if grid.right else 0
        return cls(
            scene.canvas,
            (high, wide),
            tuple(
                (top + row * high, left + column * wide)
                for row in range(grid.rows)
                for column in range(grid.columns)
            ),
        )

    def cut(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the parts ``(n * k, h, w)`` of images ``(n, H, W)``."""
        whole = self._widened(images)
        parts = [whole[self._place(corner)] for corner in self.corners]
        return np.stack(parts, axis=1).reshape(-1, *self.size)

    def joined(self, parts: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return images ``(n, H, W)`` of their parts ``(n, k, h, w)``."""
        whole = self._widened(np.zeros((len(parts), *self.canvas), np.uint8))
        for number, corner in enumerate(self.corners):
            whole[self._place(corner)] = parts[:, number]
        return np.ascontiguousarray(whole[:, : self.canvas[0], : self.canvas[1]])

    def _place(self, corner: tuple[int, int]) -> tuple[slice, slice, slice]:
        (top, left), (high, wide) = corner, self.size
        return slice(None), slice(top, top + high), slice(left, left + wide)

    def _widened(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return images with as much background below and to the right as the parts reach."""
        last = self.corners[-1]
        beyond = [max(0, last[axis] + self.size[axis] - self.canvas[axis]) for axis in (0, 1)]
        return np.pad(images, ((0, 0), *((0, more) for more in beyond)))


def _glyphs(parts: NDArray[np.uint8], scene: Scene, windows: _Windows) -> NDArray[np.uint8]:
    """Cut a cell out of each part: where the scene puts it, or where its ink is if it may move."""
    images = len(parts) // scene.count
    edges = [
        (row - top, column - left)
        for row, column, (top, left) in zip(scene.rows, scene.columns, windows.corners, strict=True)
    ]
    for axis, free in enumerate((scene.free_y, scene.free_x)):
        fixed = np.tile([edge[axis] for edge in edges], images)
        start = _around_ink(parts, axis, scene.cell[axis]) if free else fixed
        kept = np.expand_dims(start[:, None] + np.arange(scene.cell[axis]), 2 - axis)
        parts = np.take_along_axis(parts, kept, axis=axis + 1)
    return parts


def _around_ink(parts: NDArray[np.uint8], axis: int, length: int) -> NDArray[np.int64]:
    """Return where to cut along an axis so that the ink's centre of mass is the middle, as MNIST's.

    What is cut along rows first loses no ink that the columns would have to be found by.
    """
    ink = parts.sum(axis=2 - axis, dtype=np.float64)
    middle = (ink * np.arange(ink.shape[1])).sum(1) / np.maximum(ink.sum(1), 1)
    start: NDArray[np.int64] = np.rint(middle - (length - 1) / 2).astype(np.int64)
    return np.clip(start, 0, ink.shape[1] - length)
