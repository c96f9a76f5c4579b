"""What augmentation does to an image, as a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab.recipes.augmentation import parse_augmentation
from glyphlab.reporting.pictures.image_rows import image_rows
from glyphlab.training.augment import augmented_samples

__all__ = ["augmentation_figure"]

GENERATED = 4
_CALLED = {
    "none": "as it is",
    "roll": "rolled",
    "warp": "bent",
    "affine": "whole image",
    "rotate": "turned",
    "shift": "shifted",
    "zoom": "stretched",
    "columns": "each column",
    "flip": "mirrored",
    "erase": "a square out",
}


def augmentation_figure(
    image: NDArray[np.uint8], kinds: Sequence[str], columns: int, seed: int = 0, rows: int = 1
) -> str:
    """Draw one image as several augmentations leave it, a row a kind, as one SVG text.

    Parameters
    ----------
    image : (H, W) uint8
    kinds : sequence of str
        As `glyphlab.training.augment.augment` takes them.
    columns, rows : int
        Column and row ranges that hold a symbol each; their borders are drawn.
    seed : int
        Root of the drawings.
    """
    drawn = {
        f"{_called(kind)}\n{kind}": augmented_samples(kind, image, GENERATED, columns, seed, rows)
        for kind in kinds
    }
    names = [f"drawing {number + 1}" for number in range(GENERATED)]
    return image_rows(drawn, names, columns, lines=rows)


def _called(kind: str) -> str:
    return ", ".join(_CALLED.get(part, part) for part in parse_augmentation(kind))
