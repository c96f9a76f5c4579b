"""What a generator learns to draw, taken from a task, and how that becomes a task's images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.compose import Scene, Split, Task
from glyphlab.compose.draw import draw, random_offsets
from glyphlab.errors import RecipeError, UsageError
from glyphlab.recipes import GanRecipe
from glyphlab.seeds import numpy_rng

__all__ = ["Pictures", "compose", "from_range", "pictures_of", "to_range"]


@dataclass(frozen=True)
class Pictures:
    """Pictures of one kind with what stands on them.

    Attributes
    ----------
    images : (n, h, w) uint8
    labels : (n,) int64
        The symbol; of whole images with several symbols the first.
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


def pictures_of(recipe: GanRecipe, task: Task, split: Split) -> Pictures:
    """Return the pictures of a split in the form that the recipe asks for.

    Raises
    ------
    RecipeError
        For labels of whole images with several symbols, or parts of images that do not stand in
        columns.
    """
    scene = task.scene
    if recipe.pictures == "images":
        if scene.count > 1 and recipe.nets.conditional:
            raise RecipeError(
                f"an image of '{task.name}' has {scene.count} symbols, and a generator of whole "
                'images is told none: set nets.conditional = false, or pictures = "symbols"'
            )
        return Pictures(split.images, split.symbols[:, 0], task.classes)
    strips = _strips(split.images, scene)
    labels = split.symbols.reshape(-1)
    if recipe.pictures == "strips":
        return Pictures(strips, labels, task.classes)
    return Pictures(_around_ink(strips, scene.cell), labels, task.classes)


def compose(
    symbols: NDArray[np.uint8], scene: Scene, seed: int, pictures: str
) -> NDArray[np.uint8]:
    """Put generated pictures together as images of a scene.

    Parameters
    ----------
    symbols : (n * k, h, w) uint8
        The k parts of an image after each other.
    scene : Scene
    seed : int
        Of where symbols stand, which the scene draws.
    pictures : {'images', 'strips', 'symbols'}
        What the parts are.

    Returns
    -------
    (n, H, W) uint8
    """
    if pictures == "images":
        return symbols
    count = len(symbols) // scene.count
    if pictures == "strips":
        parts = symbols.reshape(count, scene.count, *symbols.shape[1:])
        joined: NDArray[np.uint8] = np.concatenate(list(parts.transpose(1, 0, 2, 3)), axis=2)
        return joined
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
    scaled = torch.from_numpy(np.ascontiguousarray(images)).float().div_(127.5).sub_(1)
    return scaled.unsqueeze(1).contiguous(memory_format=torch.channels_last)


def from_range(made: Tensor) -> NDArray[np.uint8]:
    """Return made images ``(n, 1, h, w)`` in [-1, 1] as uint8 ``(n, h, w)``.

    Raises
    ------
    UsageError
        Where a value is outside the range, or no number.
    """
    low, high = float(made.min()), float(made.max())
    if not (low >= -1.001 and high <= 1.001):
        raise UsageError(
            f"made images reach from {low:.3g} to {high:.3g}, expected -1 to 1: the generator must "
            "end in tanh"
        )
    pixels: NDArray[np.uint8] = (
        made[:, 0].float().add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
    )
    return pixels


def _strips(images: NDArray[np.uint8], scene: Scene) -> NDArray[np.uint8]:
    width = scene.canvas[1] // scene.count
    evenly = tuple(range(0, scene.canvas[1], width)) == scene.columns and not scene.free_x
    if not evenly:
        raise RecipeError(
            f"the symbols of '{scene.name}' do not stand in columns of their own: choose "
            'pictures = "images"'
        )
    parts = images.reshape(len(images), images.shape[1], scene.count, width).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(parts.reshape(-1, images.shape[1], width))


def _around_ink(strips: NDArray[np.uint8], cell: tuple[int, int]) -> NDArray[np.uint8]:
    """Cut a cell out of each strip, its middle at the ink's centre of mass, as MNIST's are."""
    ink = strips.sum(axis=2, dtype=np.float64)
    middle = (ink * np.arange(strips.shape[1])).sum(1) / np.maximum(ink.sum(1), 1)
    top = np.rint(middle - (cell[0] - 1) / 2).astype(np.int64)
    top = top.clip(0, strips.shape[1] - cell[0])
    rows = top[:, None] + np.arange(cell[0])
    found: NDArray[np.uint8] = np.take_along_axis(strips, rows[:, :, None], axis=1)
    return found
