"""Augmentation of a whole batch at once, on tensors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from glyphlab.errors import UnknownName

__all__ = ["AUGMENTATIONS", "augment"]

AUGMENTATIONS = ("none", "roll", "warp")
ROLL_PIXELS = 2
WARP_PIXELS = 0.75
WARP_SPACING = 14
"""Pixels between the control points of a warp: half a symbol, so that every symbol bends alone."""


def augment(name: str, images: Tensor, generator: torch.Generator) -> Tensor:
    """Return changed images; the labels stay true.

    Parameters
    ----------
    name : {'none', 'roll', 'warp'}
        ``'roll'`` moves the whole batch by one random offset of at most 2 pixels each way.
        ``'warp'`` rolls, and bends every image by its own smooth random displacement with a
        standard deviation of 0.75 pixels at control points 14 pixels apart (elastic distortion,
        after Simard et al., 2003): a local turn, stretch and slant that needs no knowledge of
        where the symbols are.
    images : (n, 1, H, W) float tensor in 0..1
    generator : torch.Generator
        On the CPU.

    Raises
    ------
    UnknownName
        For any other name.
    """
    if name == "none":
        return images
    if name not in AUGMENTATIONS:
        raise UnknownName("augmentation", name, AUGMENTATIONS)
    down, right = torch.randint(-ROLL_PIXELS, ROLL_PIXELS + 1, (2,), generator=generator).tolist()
    rolled = torch.roll(images, (down, right), (2, 3))
    return rolled if name == "roll" else _warp(rolled, generator)


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
