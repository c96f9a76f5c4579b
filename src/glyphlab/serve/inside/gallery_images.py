"""Some images as a page shows them: picture, label, what was predicted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from glyphlab._common.png import encode_png
from glyphlab.data.formats.image_files import fitted
from glyphlab.reporting.pictures.image_rows import png_data
from glyphlab.serve.inside.scored_images import Predicted
from glyphlab.tasks import Split

__all__ = ["PAGE", "Gallery", "ImageShown", "SheetSize", "ids_of", "image_sheet", "shown_images"]

PAGE = 48
"""Images in one answer."""
_SHEET_PIXELS = 12_000_000


class ImageShown(BaseModel):
    """A test image and what was predicted for it."""

    image: int = Field(description="Its number in the test set, from 0.")
    glyphs: list[int] = Field(description="Ids of its glyphs in their source; empty where unknown.")
    true: str
    predicted: str
    confidence: float
    right: bool
    picture: str = Field(description="A data: address of a PNG.")


class Gallery(BaseModel):
    """Some of a number of images."""

    count: int = Field(description="All that there are.")
    start: int
    images: list[ImageShown]
    ids: list[int] = Field(description="Numbers in the test set of all, in this order.")


class SheetSize(BaseModel):
    """How many small images of one size stand on a sheet, row by row."""

    columns: int
    rows: int
    width: int
    height: int


def ids_of(split: Split, row: int) -> list[int]:
    """Return the ids of the glyphs on an image; empty where they are not known."""
    found = split.glyph_ids[row].tolist()
    return [] if any(one < 0 for one in found) else [int(one) for one in found]


def shown_images(of: Predicted, split: Split, rows: Sequence[int]) -> Iterator[ImageShown]:
    """Yield test images by their numbers."""
    true, pred = of.texts(of.true, rows), of.texts(of.pred, rows)
    right = of.right
    for place, row in enumerate(rows):
        yield ImageShown(
            image=row, glyphs=ids_of(split, row), true=true[place], predicted=pred[place],
            confidence=float(of.confidence[row]), right=bool(right[row]),
            picture=png_data(split.images[row]),
        )  # fmt: skip


def image_sheet(
    images: NDArray[np.uint8], columns: int | None = None, ground: int = 0
) -> tuple[bytes, SheetSize]:
    """Return images side by side as one PNG, scaled down where they are large.

    Parameters
    ----------
    images : (n, h, w) uint8
    columns : int, optional
        Images in a row; by default about as many as make a square.
    ground : int
        Grey of places without an image, 0 to 255.
    """
    count, height, width = images.shape
    zoom = min(1.0, math.sqrt(_SHEET_PIXELS / max(1, images.size)))
    size = max(1, int(height * zoom)), max(1, int(width * zoom))
    if size != (height, width):
        images = np.stack([fitted(image, size) for image in images])
    high, wide = size
    columns = columns or max(1, math.ceil(math.sqrt(count * high / wide)))
    rows = max(1, -(-count // columns))
    cells = np.full((rows * columns, high, wide), ground, np.uint8)
    cells[:count] = images
    sheet = cells.reshape(rows, columns, high, wide).swapaxes(1, 2)
    (content,) = encode_png(np.ascontiguousarray(sheet.reshape(1, rows * high, columns * wide)))
    return content, SheetSize(columns=columns, rows=rows, width=wide, height=high)
