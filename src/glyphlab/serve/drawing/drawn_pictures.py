"""What a page sends: boxes that were drawn in, or one picture, and how it is changed first."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from glyphlab._common.png import encode_png
from glyphlab._common.untrusted import GrayImage
from glyphlab._common.untrusted.gray_images import gray_pixels
from glyphlab.data.prepare.levels import no_larger
from glyphlab.serve.app.areas import Given
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.drawing.picture_changes import PictureChange, changed

__all__ = [
    "MOST_BOXES",
    "Drawing",
    "KeptPicture",
    "PngImage",
    "image_bytes",
    "kept_picture",
    "pictures_of",
    "png_of",
]

MOST_BOXES = 3
LONGEST = 1000
"""Pixels of the longer side of a picture that a page keeps: ink is looked for on no more."""

PngImage = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
"""An image file as base64."""


class KeptPicture(BaseModel):
    """A picture that was opened, in grey, for a page to keep."""

    picture: PngImage
    width: int
    height: int
    done: list[str] = Field(description="What was done to it, a few words each.")


class Drawing(Given):
    """What was drawn in boxes, or one picture; and how it is changed before models see it."""

    boxes: list[PngImage] | None = Field(
        None, min_length=1, max_length=MOST_BOXES,
        description="An image file for each box, in their order, each as base64.",
    )  # fmt: skip
    picture: PngImage | None = Field(
        None, description="One image file instead of boxes, as base64."
    )
    symbols: int = Field(
        1, ge=1, le=MOST_BOXES,
        description="Symbols on the picture, where a model reads them one by one.",
    )  # fmt: skip
    change: PictureChange = PictureChange()
    prepare: bool = Field(
        True, description="Whether it becomes like the training images first, or is only scaled."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.boxes is None) == (self.picture is None):
            raise ValueError("give boxes, or a picture, and not both")
        return self


def kept_picture(content: bytes) -> KeptPicture:
    """Return an image file as a page keeps it: in grey, and no larger than ink is looked for on.

    Raises
    ------
    Unreadable
        Where it is no image, is damaged, or has too many pixels.
    """
    given = gray_pixels(content, "this file")
    height, width = given.pixels.shape
    pixels = _bytes(no_larger(given.pixels, LONGEST))
    done = list(given.done)
    if pixels.shape != (height, width):
        done.append(f"scaled down from {width}×{height} pixels")
    return KeptPicture(
        picture=png_of(pixels), width=pixels.shape[1], height=pixels.shape[0], done=done
    )


def pictures_of(given: Drawing) -> list[GrayImage]:
    """Return the picture of each box, or the one picture, changed as it is asked for.

    Raises
    ------
    Refused
        Where one is no base64.
    Unreadable
        Where one is no image.
    """
    if given.boxes is None:
        assert given.picture is not None
        return [changed(gray_pixels(image_bytes(given.picture, "the picture"), "the picture"),
                        given.change)]  # fmt: skip
    return [
        changed(gray_pixels(image_bytes(text, f"box {number}"), f"box {number}"), given.change)
        for number, text in enumerate(given.boxes, 1)
    ]


def png_of(pixels: NDArray[np.uint8]) -> str:
    """Return an image ``(h, w)`` as a PNG file in base64."""
    return base64.b64encode(next(encode_png(np.ascontiguousarray(pixels)[None]))).decode()


def image_bytes(text: str, name: str) -> bytes:
    """Return the image file that a request has as base64.

    Parameters
    ----------
    text : str
    name : str
        What a refusal calls it.

    Raises
    ------
    Refused
        Where it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(422, f"{name} is no base64 ({error})") from error


def _bytes(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(np.clip(levels, 0, 255)).astype(np.uint8)
