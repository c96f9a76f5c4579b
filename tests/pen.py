"""Digits as a pen writes them: strokes of points, as shares of a box; and as images of it."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

__all__ = ["STROKES", "as_base64", "as_png", "written"]

Points = list[tuple[float, float]]
SIDE = 240


def _arc(middle: tuple[float, float], across: float, down: float, turn: range) -> Points:
    return [
        (
            middle[0] + across * math.cos(math.radians(angle)),
            middle[1] + down * math.sin(math.radians(angle)),
        )
        for angle in turn
    ]


STROKES: dict[str, list[Points]] = {
    "1": [[(0.5, 0.15), (0.5, 0.5), (0.5, 0.85)]],
    "3": [
        _arc((0.48, 0.33), 0.2, 0.17, range(-150, 91, 16))
        + _arc((0.48, 0.67), 0.22, 0.18, range(-90, 151, 16))
    ],
    "4": [[(0.38, 0.15), (0.3, 0.55), (0.72, 0.55)], [(0.64, 0.3), (0.64, 0.6), (0.64, 0.88)]],
}


def written(digits: str, side: int = SIDE) -> Image.Image:
    """Return digits side by side, black on white."""
    image = Image.new("L", (side * len(digits), side), 255)
    pen = ImageDraw.Draw(image)
    for place, digit in enumerate(digits):
        for points in STROKES[digit]:
            line = [(side * (place + x), side * y) for x, y in points]
            pen.line(line, fill=0, width=side // 13, joint="curve")
    return image


def as_png(image: Image.Image) -> bytes:
    """Return an image as a PNG file."""
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


def as_base64(images: Sequence[Image.Image]) -> list[str]:
    """Return images as the page sends them."""
    return [base64.b64encode(as_png(image)).decode() for image in images]
