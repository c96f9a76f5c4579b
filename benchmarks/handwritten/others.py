"""Pictures that show no digit: empty paper, noise, garments, letters."""

from __future__ import annotations

import functools
import string
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from handwritten.kinds import Rng, Taken, about, jpeg, near_middle, png, side_of
from handwritten.paper import Sheet

__all__ = ["LIKE_DIGITS", "OTHERS", "Drawn", "blank", "garment", "letter", "noise"]

LIKE_DIGITS = frozenset("ABDEGIJLOQSTZabdegijloqstyz")
"""Letters that a person may take for a digit, in one hand or another."""
FONTS = (
    "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSerif.ttf",
    "DejaVuSerif-Italic.ttf", "DejaVuSansMono.ttf", "STIXGeneral.ttf", "STIXGeneralItalic.ttf",
    "cmr10.ttf", "cmmi10.ttf", "cmss10.ttf", "cmtt10.ttf",
)  # fmt: skip
"""Those that matplotlib ships."""
Drawn = Callable[[Rng], tuple[Taken, str]]
"""A picture, and what it shows in a word."""


def blank(rng: Rng) -> tuple[Taken, str]:
    """Paper with nothing on it."""
    size = side_of(rng, 120, 520)
    sheet = Sheet.of(*size, about(rng, (226, 224, 216), 14), rng, grain=rng.uniform(1, 4))
    sheet.lit(rng.uniform(0.0, 0.5))
    taken = sheet.taken(noise=rng.uniform(1, 4), blur=rng.uniform(0, 0.8))
    return (png(taken) if rng.random() < 0.5 else jpeg(taken, rng, 55, 92)), "blank"


def noise(rng: Rng) -> tuple[Taken, str]:
    """Noise of one of four kinds, as large as a training image or larger."""
    side = 28 if rng.random() < 0.4 else int(rng.integers(40, 400))
    pixels: NDArray[np.float64]
    kind = ("uniform", "normal", "salt and pepper", "coarse")[int(rng.integers(4))]
    if kind == "uniform":
        pixels = rng.integers(0, 256, (side, side)).astype(np.float64)
    elif kind == "normal":
        pixels = rng.normal(128, rng.uniform(30, 80), (side, side))
    elif kind == "salt and pepper":
        pixels = np.where(rng.random((side, side)) < rng.uniform(0.05, 0.5), 0.0, 255.0)
    else:
        smooth = gaussian_filter(rng.normal(size=(side, side)), side * rng.uniform(0.03, 0.1))
        pixels = 128 + 60 * smooth / smooth.std()
    levels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return png(Image.fromarray(levels)), kind


def garment(image: NDArray[np.uint8], name: str, rng: Rng) -> tuple[Taken, str]:
    """Lay a garment of Fashion-MNIST on paper, or on a cloth that is darker than it."""
    size = side_of(rng, 180, 520)
    bright = rng.random() < 0.3
    ground = (60, 60, 66) if bright else (226, 224, 218)
    sheet = Sheet.of(*size, about(rng, ground, 12), rng, grain=rng.uniform(1, 4))
    side = round(min(size) * rng.uniform(0.45, 0.8))
    large = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
    cover = np.clip(np.asarray(large, np.float64) / 255, 0, 1)
    colour = (225, 222, 215) if bright else (45, 45, 70)
    sheet.write(cover, near_middle(rng, sheet, cover, 0.3), about(rng, colour, 20))
    sheet.lit(rng.uniform(0.0, 0.3))
    return jpeg(sheet.taken(noise=rng.uniform(1, 4), blur=rng.uniform(0, 1)), rng, 60, 92), name


def letter(rng: Rng) -> tuple[Taken, str]:
    """Write a letter in one of the fonts that matplotlib ships, dark on paper."""
    name = string.ascii_letters[int(rng.integers(52))]
    size = side_of(rng, 160, 420)
    sheet = Sheet.of(*size, about(rng, (228, 226, 220), 10), rng, grain=rng.uniform(1, 4))
    font = ImageFont.truetype(_font(FONTS[int(rng.integers(len(FONTS)))]), 200)
    box = font.getbbox(name)
    stamp = Image.new("L", (int(box[2] - box[0]) + 8, int(box[3] - box[1]) + 8))
    ImageDraw.Draw(stamp).text((4 - box[0], 4 - box[1]), name, font=font, fill=255)
    side = round(min(size) * rng.uniform(0.4, 0.7))
    zoom = side / max(stamp.size)
    fitted = (max(1, round(stamp.width * zoom)), max(1, round(stamp.height * zoom)))
    cover = np.asarray(stamp.resize(fitted, Image.Resampling.BOX), np.float64) / 255
    sheet.write(cover, near_middle(rng, sheet, cover, 0.2), about(rng, (40, 40, 60), 14))
    sheet.lit(rng.uniform(0.0, 0.25))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3), blur=rng.uniform(0, 0.8)), rng, 60, 92), name


OTHERS: dict[str, Drawn] = {"blanks": blank, "noise": noise, "letters": letter}
"""Those that need no images of another source."""


@functools.cache
def _font(name: str) -> str:
    import matplotlib

    return f"{matplotlib.get_data_path()}/fonts/ttf/{name}"
