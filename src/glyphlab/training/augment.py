"""Augmentation of a whole batch at once, on tensors."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from glyphlab._common.registry import AUGMENTATIONS
from glyphlab._common.seeds import torch_rng
from glyphlab.recipes.augmentation import parse_augmentation

__all__ = [
    "affine",
    "affine_by_columns",
    "augment",
    "augmented_samples",
    "erase",
    "flip",
    "roll",
    "rotate",
    "shift",
    "unchanged",
    "warp",
    "zoom",
]

ROLL_PIXELS = 2
WARP_PIXELS = 0.75
WARP_SPACING = 14
"""Pixels of a side for each control point of a warp beyond two. They stand from edge to edge, 9
pixels apart on a symbol of 28 and 12 on a canvas of 84, so that every symbol bends alone."""
ERASED = 0.36
"""Side of the erased square as a share of the image's shorter side."""
TURN, SHIFT, ZOOM = math.radians(10), 0.1, 0.1
"""Largest turn, and largest shift and change of size as shares of the image's sides."""


def augment(
    name: str, images: Tensor, generator: torch.Generator, columns: int = 1, rows: int = 1
) -> Tensor:
    """Return changed images; the labels stay true.

    Parameters
    ----------
    name : str
        One of `AUGMENTATIONS`, or several with ``+`` between them, done in that order, as
        ``'flip+roll+erase'``.
        ``'roll'`` moves the whole batch by one random offset of at most 2 pixels each way.
        ``'warp'`` rolls, and bends every image by its own smooth random displacement with a
        standard deviation of 0.75 pixels at control points from edge to edge, 9 pixels apart on a
        symbol of 28 pixels and 12 on a canvas of 84 (elastic distortion, after Simard et al.,
        2003): a local turn, stretch and slant that needs no knowledge of where the symbols are.
        ``'affine'`` turns every image by up to 10°, shifts it by up to 10 % of each side and
        stretches each side by up to 10 %, all uniformly drawn, as Keras's ImageDataGenerator does;
        what comes in from outside is background. ``'rotate'``, ``'shift'`` and ``'zoom'`` do one
        of the three alone, by the same draws.
        ``'columns'`` does the same to each of the column ranges by itself, on each of the rows
        where there are several: what belongs to a position stays there.
        ``'flip'`` mirrors every second image left to right, by the toss of a coin: for garments,
        not for digits, nor for several symbols side by side, whose order it reverses. ``'erase'``
        makes a square of every image background, its side 36 % of the image's shorter one, its
        centre anywhere (cutout, DeVries & Taylor, 2017).
    images : (n, 1, H, W) float tensor in 0..1
    generator : torch.Generator
        On the CPU.
    columns, rows : int
        Column and row ranges that hold a symbol each, of equal size but for a pixel.

    Raises
    ------
    UnknownName
        For any other name.
    RecipeError
        Where ``'none'`` is joined to others, or one stands twice.
    """
    for part in parse_augmentation(name):
        change = AUGMENTATIONS.load(part)
        if rows > 1 and change is affine_by_columns:  # the others change an image as a whole
            lines = images.tensor_split(rows, dim=2)
            images = torch.cat([change(line, generator, columns) for line in lines], dim=2)
        else:
            images = change(images, generator, columns)
    return images


def unchanged(images: Tensor, _generator: torch.Generator, _columns: int) -> Tensor:
    """Return the images themselves."""
    return images


def roll(images: Tensor, generator: torch.Generator, _columns: int) -> Tensor:
    """Move the whole batch by one random offset."""
    down, right = torch.randint(-ROLL_PIXELS, ROLL_PIXELS + 1, (2,), generator=generator).tolist()
    return torch.roll(images, (down, right), (2, 3))


def warp(images: Tensor, generator: torch.Generator, columns: int) -> Tensor:
    """Roll, and bend each image by its own smooth displacement."""
    return _warp(roll(images, generator, columns), generator)


def affine(images: Tensor, generator: torch.Generator, _columns: int) -> Tensor:
    """Turn, shift and stretch each image."""
    return _affine(images, generator)


def rotate(images: Tensor, generator: torch.Generator, _columns: int) -> Tensor:
    """Turn each image."""
    return _affine(images, generator, shifts=False, zooms=False)


def shift(images: Tensor, generator: torch.Generator, _columns: int) -> Tensor:
    """Shift each image."""
    return _affine(images, generator, turns=False, zooms=False)


def zoom(images: Tensor, generator: torch.Generator, _columns: int) -> Tensor:
    """Stretch each side of each image."""
    return _affine(images, generator, turns=False, shifts=False)


def affine_by_columns(images: Tensor, generator: torch.Generator, columns: int) -> Tensor:
    """Turn, shift and stretch each column range by itself."""
    cut = torch.tensor_split(images, columns, dim=3)
    return torch.cat([_affine(part, generator) for part in cut], dim=3)


def flip(images: Tensor, generator: torch.Generator, _columns: int) -> Tensor:
    """Mirror every second image left to right, by the toss of a coin."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(mirrored.to(images.device)[:, None, None, None], images.flip(3), images)


def erase(images: Tensor, generator: torch.Generator, _columns: int) -> Tensor:
    """Make a square of every image background."""
    count, _, height, width = images.shape
    half = ERASED * min(height, width) / 2
    centres = (torch.rand(count, 2, generator=generator)).to(images.device)
    rows = torch.arange(height, device=images.device) + 0.5
    columns = torch.arange(width, device=images.device) + 0.5
    inside_rows = (rows - centres[:, :1] * height).abs() < half
    inside_columns = (columns - centres[:, 1:] * width).abs() < half
    erased = inside_rows[:, None, :, None] & inside_columns[:, None, None, :]
    return images.masked_fill(erased, 0.0)


def augmented_samples(
    name: str, image: NDArray[np.uint8], count: int, columns: int, seed: int = 0, rows: int = 1
) -> NDArray[np.uint8]:
    """Return what training may see of one image, for pictures.

    Parameters
    ----------
    name : str
        As in `augment`.
    image : (H, W) uint8
    count : int
        How many drawings.
    columns, rows : int
        As in `augment`.
    seed : int
        Root of the drawings; two names draw alike as far as they draw the same.

    Returns
    -------
    (count, H, W) uint8
    """
    pixels = torch.from_numpy(image).float().div(255)[None, None]
    drawn = [
        augment(name, pixels, torch_rng(seed, "augmented", number), columns, rows)
        for number in range(count)
    ]
    samples: NDArray[np.uint8] = (torch.cat(drawn)[:, 0] * 255).round().byte().numpy()
    return samples


def _warp(images: Tensor, generator: torch.Generator) -> Tensor:
    count, _, height, width = images.shape
    coarse = (2, height // WARP_SPACING + 2, width // WARP_SPACING + 2)
    points = torch.randn(count, *coarse, generator=generator).to(images.device) * WARP_PIXELS
    moves = F.interpolate(points, (height, width), mode="bilinear", align_corners=True)
    rows = torch.arange(height, device=images.device, dtype=images.dtype)
    columns = torch.arange(width, device=images.device, dtype=images.dtype)
    grid_x = (2 * (columns + moves[:, 0]) + 1) / width - 1
    grid_y = (2 * (rows[:, None] + moves[:, 1]) + 1) / height - 1
    return F.grid_sample(
        images, torch.stack((grid_x, grid_y), -1), mode="bilinear", align_corners=False
    )


def _affine(
    images: Tensor,
    generator: torch.Generator,
    *,
    turns: bool = True,
    shifts: bool = True,
    zooms: bool = True,
) -> Tensor:
    """Turn, shift and stretch each image by its own draw, or do some of these."""
    turn, moved, stretched = (
        most if there else 0.0 for most, there in ((TURN, turns), (SHIFT, shifts), (ZOOM, zooms))
    )
    count, _, height, width = images.shape
    drawn = torch.rand(count, 5, generator=generator) * 2 - 1
    angle = drawn[:, 0] * turn
    zoom_x, zoom_y = 1 + drawn[:, 1] * stretched, 1 + drawn[:, 2] * stretched
    cos, sin, tall = torch.cos(angle), torch.sin(angle), height / width
    # from a place in the result to one in the image, both in -1..1, where a pixel is not square
    rows = (
        torch.stack((zoom_x * cos, -zoom_y * sin * tall, 2 * moved * drawn[:, 3]), 1),
        torch.stack((zoom_x * sin / tall, zoom_y * cos, 2 * moved * drawn[:, 4]), 1),
    )
    maps = torch.stack(rows, 1).to(images.device)
    grid = F.affine_grid(maps, [count, 1, height, width], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", align_corners=False)
