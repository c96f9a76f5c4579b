"""Fifteen kinds of pictures of one digit: six as most people take them, nine that are harder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from handwritten.paper import Colour, Sheet, cover_of

__all__ = ["HARDER", "ORDINARY", "Taken"]

Digit = NDArray[np.uint8]
Rng = np.random.Generator
Place = tuple[int, int]


@dataclass(frozen=True)
class Taken:
    """A picture, and how its file is written.

    Attributes
    ----------
    image : PIL.Image.Image
    suffix : {".png", ".jpg"}
    options : dict
        Of Pillow's `save`.
    """

    image: Image.Image
    suffix: str
    options: dict[str, Any]


def png(image: Image.Image) -> Taken:
    return Taken(image, ".png", {})


def jpeg(image: Image.Image, rng: Rng, low: int, high: int) -> Taken:
    return Taken(image, ".jpg", {"quality": int(rng.integers(low, high, endpoint=True))})


def about(rng: Rng, colour: Colour, by: float) -> Colour:
    """Return a colour that is a little lighter or darker, and a little of another tint."""
    red, green, blue = np.clip(np.asarray(colour) + rng.normal(0, by) + rng.normal(0, by / 4, 3),
                               0, 255)  # fmt: skip
    return float(red), float(green), float(blue)


def anywhere(rng: Rng, sheet: Sheet, cover: NDArray[np.float64], margin: float = 0.04) -> Place:
    """Return a place for a digit that leaves a margin, a share of the longer side, free."""
    free = round(margin * max(sheet.size))
    row, column = (
        int(rng.integers(free, max(free, length - part - free), endpoint=True))
        for length, part in zip(sheet.size, cover.shape, strict=True)
    )
    return row, column


def near_middle(rng: Rng, sheet: Sheet, cover: NDArray[np.float64], by: float = 0.08) -> Place:
    """Return a place for a digit about the middle, off by a share of what is free."""
    row, column = (
        max(0, round((length - part) * (0.5 + rng.uniform(-by, by))))
        for length, part in zip(sheet.size, cover.shape, strict=True)
    )
    return row, column


def side_of(rng: Rng, low: int, high: int) -> tuple[int, int]:
    """Return height and width of a picture, about a square."""
    side = int(rng.integers(low, high, endpoint=True))
    return side, max(low, round(side * rng.uniform(0.85, 1.2)))


def dark_pen(digit: Digit, rng: Rng) -> Taken:
    """Dark pen on grey paper, PNG."""
    size = side_of(rng, 120, 320)
    level = rng.uniform(190, 240)
    sheet = Sheet.of(*size, (level, level, level), rng, grain=rng.uniform(1, 4))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.4, 0.7)))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.2), about(rng, (40, 40, 42), 10))
    sheet.lit(rng.uniform(0.0, 0.15))
    return png(sheet.taken(noise=rng.uniform(1, 3), gray=True))


def blue_ink(digit: Digit, rng: Rng) -> Taken:
    """Blue ink, JPEG."""
    size = side_of(rng, 180, 420)
    sheet = Sheet.of(*size, about(rng, (228, 225, 216), 8), rng, grain=rng.uniform(1, 4))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.35, 0.7)))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.3), about(rng, (38, 58, 150), 12),
                texture=rng.uniform(0, 0.2))  # fmt: skip
    sheet.lit(rng.uniform(0.05, 0.25))
    return jpeg(sheet.taken(noise=rng.uniform(1, 4), blur=rng.uniform(0, 0.8)), rng, 55, 90)


def pencil(digit: Digit, rng: Rng) -> Taken:
    """Faint pencil, JPEG."""
    size = side_of(rng, 180, 420)
    level = rng.uniform(205, 240)
    sheet = Sheet.of(*size, (level, level - 2, level - 8), rng, grain=rng.uniform(2, 4))
    side = round(min(size) * rng.uniform(0.35, 0.65))
    cover = cover_of(digit, side, thickness=side * rng.uniform(0.05, 0.1))
    gray = level - rng.uniform(38, 65)
    sheet.write(cover, near_middle(rng, sheet, cover, 0.3), (gray, gray, gray),
                texture=rng.uniform(0.15, 0.4))  # fmt: skip
    sheet.lit(rng.uniform(0.05, 0.2))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3)), rng, 60, 88)


def small(digit: Digit, rng: Rng) -> Taken:
    """Small and off-centre."""
    size = side_of(rng, 220, 520)
    sheet = Sheet.of(*size, about(rng, (226, 226, 222), 8), rng, grain=rng.uniform(1, 3))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.12, 0.25)))
    sheet.write(cover, anywhere(rng, sheet, cover), about(rng, (45, 45, 60), 12))
    sheet.lit(rng.uniform(0.0, 0.2))
    taken = sheet.taken(noise=rng.uniform(1, 3))
    return png(taken) if rng.random() < 0.5 else jpeg(taken, rng, 70, 92)


def phone(digit: Digit, rng: Rng) -> Taken:
    """1,000×750 pixels, unevenly lit, JPEG."""
    sheet = Sheet.of(750, 1000, about(rng, (225, 220, 208), 8), rng, grain=rng.uniform(1, 3))
    cover = cover_of(digit, round(750 * rng.uniform(0.2, 0.55)), degrees=rng.uniform(-6, 6))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.3), about(rng, (50, 50, 70), 14),
                texture=rng.uniform(0, 0.2))  # fmt: skip
    sheet.lit(rng.uniform(0.35, 0.65))
    taken = sheet.taken(noise=rng.uniform(2, 6), blur=rng.uniform(0.5, 1.5))
    return jpeg(taken, rng, 55, 85)


def clean(digit: Digit, rng: Rng) -> Taken:
    """Black on white without any noise, of odd sizes."""
    height, width = (int(rng.integers(24, 600)) for _ in range(2))
    sheet = Sheet.of(height, width, (255, 255, 255), rng)
    cover = cover_of(digit, max(14, round(min(height, width) * rng.uniform(0.5, 0.85))))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.3), (0, 0, 0))
    return png(sheet.taken(gray=rng.random() < 0.5))


def shadow(digit: Digit, rng: Rng) -> Taken:
    """Let the edge of a shadow go through the picture."""
    size = side_of(rng, 260, 600)
    sheet = Sheet.of(*size, about(rng, (228, 224, 214), 8), rng, grain=rng.uniform(1, 3))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.3, 0.6)))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.3), about(rng, (42, 42, 58), 10))
    sheet.shadowed(rng.uniform(0.5, 0.75), blur=max(size) * rng.uniform(0.005, 0.03))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3)), rng, 65, 90)


def ruled(digit: Digit, rng: Rng) -> Taken:
    """Ruled paper, sometimes with a margin in red."""
    size = side_of(rng, 260, 600)
    sheet = Sheet.of(*size, about(rng, (236, 235, 230), 6), rng, grain=rng.uniform(1, 3))
    step = round(size[0] * rng.uniform(0.09, 0.18))
    thick = max(1, round(size[0] / 250))
    line = np.asarray((165.0, 190.0, 220.0)) + rng.uniform(-15, 15)
    for top in range(int(rng.integers(2, step)), size[0] - thick, step):
        sheet.colours[top : top + thick] += 0.8 * (line - sheet.colours[top : top + thick])
    if rng.random() < 0.4:
        left = round(size[1] * rng.uniform(0.04, 0.12))
        sheet.colours[:, left : left + thick] = (225, 140, 140)
    cover = cover_of(digit, round(min(size) * rng.uniform(0.3, 0.6)))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.2), about(rng, (38, 42, 90), 12))
    sheet.lit(rng.uniform(0.0, 0.15))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3), blur=rng.uniform(0, 0.6)), rng, 65, 92)


def hair_thin(digit: Digit, rng: Rng) -> Taken:
    """Use a pen with a point of one to two pixels."""
    size = side_of(rng, 200, 420)
    sheet = Sheet.of(*size, about(rng, (232, 231, 226), 6), rng, grain=rng.uniform(1, 3))
    cover = cover_of(
        digit, round(min(size) * rng.uniform(0.4, 0.7)), thickness=rng.uniform(1.2, 2.2)
    )
    sheet.write(cover, near_middle(rng, sheet, cover, 0.2), about(rng, (35, 35, 45), 8))
    sheet.lit(rng.uniform(0.0, 0.15))
    return jpeg(sheet.taken(noise=rng.uniform(1, 2)), rng, 75, 92)


def felt_tip(digit: Digit, rng: Rng) -> Taken:
    """Use a felt-tip: strokes of a fifth to a quarter of the digit."""
    size = side_of(rng, 200, 420)
    sheet = Sheet.of(*size, about(rng, (232, 232, 228), 6), rng, grain=rng.uniform(1, 3))
    side = round(min(size) * rng.uniform(0.45, 0.65))
    cover = cover_of(digit, side, thickness=side * rng.uniform(0.19, 0.25))
    inks: list[Colour] = [(30, 30, 32), (150, 30, 40), (30, 90, 50), (40, 40, 130)]
    sheet.write(cover, near_middle(rng, sheet, cover, 0.2), about(rng, inks[rng.integers(4)], 8))
    sheet.lit(rng.uniform(0.0, 0.2))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3), blur=rng.uniform(0.3, 1)), rng, 65, 90)


def pale(digit: Digit, rng: Rng) -> Taken:
    """Ink that differs from its paper by 18 to 32 levels of 255."""
    size = side_of(rng, 200, 420)
    level = rng.uniform(215, 240)
    sheet = Sheet.of(*size, (level, level, level - 4), rng, grain=rng.uniform(1, 2))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.4, 0.7)))
    gray = level - rng.uniform(18, 32)
    sheet.write(cover, near_middle(rng, sheet, cover, 0.2), (gray, gray, gray))
    sheet.lit(rng.uniform(0.0, 0.1))
    return jpeg(sheet.taken(noise=rng.uniform(1, 2)), rng, 75, 92)


def tiny(digit: Digit, rng: Rng) -> Taken:
    """Write a digit of a twentieth of the picture's side."""
    size = side_of(rng, 700, 1100)
    sheet = Sheet.of(*size, about(rng, (228, 227, 222), 8), rng, grain=rng.uniform(1, 3))
    cover = cover_of(digit, round(max(size) * 0.05))
    sheet.write(cover, anywhere(rng, sheet, cover), about(rng, (40, 40, 55), 10))
    sheet.lit(rng.uniform(0.0, 0.25))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3)), rng, 75, 92)


def specks(digit: Digit, rng: Rng) -> Taken:
    """Paper with dirt on it."""
    size = side_of(rng, 220, 480)
    sheet = Sheet.of(*size, about(rng, (224, 223, 216), 8), rng, grain=rng.uniform(1, 4))
    y, x = np.mgrid[: size[0], : size[1]]
    for _ in range(int(rng.integers(10, 40))):
        radius = rng.uniform(0.002, 0.012) * max(size)
        row, column = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        spot = np.clip(radius + 0.5 - np.hypot(y - row, x - column), 0, 1)
        sheet.write(spot * rng.uniform(0.3, 1), (0, 0), about(rng, (70, 60, 50), 20))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.4, 0.65)))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.2), about(rng, (42, 42, 55), 12))
    sheet.lit(rng.uniform(0.0, 0.2))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3)), rng, 65, 90)


def chalk(digit: Digit, rng: Rng) -> Taken:
    """Chalk on a board, green or black."""
    size = side_of(rng, 220, 520)
    board: Colour = (38, 66, 52) if rng.random() < 0.6 else (40, 40, 42)
    sheet = Sheet.of(*size, about(rng, board, 6), rng, grain=rng.uniform(2, 5))
    smear = np.zeros(size)
    smear[size[0] // 3 : size[0] // 2, size[1] // 4 : 3 * size[1] // 4] = rng.uniform(0, 0.06)
    sheet.write(smear, (0, 0), (220, 220, 215))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.35, 0.65)))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.25), about(rng, (215, 215, 208), 10),
                texture=rng.uniform(0.15, 0.4))  # fmt: skip
    sheet.lit(rng.uniform(0.1, 0.35))
    return jpeg(sheet.taken(noise=rng.uniform(2, 4)), rng, 65, 90)


def table(digit: Digit, rng: Rng) -> Taken:
    """Paper on a table that is seen beside it."""
    size = side_of(rng, 260, 600)
    sheet = Sheet.of(*size, about(rng, (228, 226, 218), 8), rng, grain=rng.uniform(1, 3))
    cover = cover_of(digit, round(min(size) * rng.uniform(0.3, 0.45)))
    sheet.write(cover, near_middle(rng, sheet, cover, 0.05), about(rng, (42, 42, 55), 10))
    wood = Sheet.of(*size, about(rng, (112, 78, 50), 18), rng, grain=rng.uniform(4, 9))
    beside = np.clip(0.5 - sheet.edge(rng.uniform(0.08, 0.2)), 0, 1)[..., None]
    sheet.colours += (wood.colours - sheet.colours) * beside
    sheet.lit(rng.uniform(0.05, 0.25))
    return jpeg(sheet.taken(noise=rng.uniform(1, 3)), rng, 65, 90)


Kinds = dict[str, Callable[[Digit, Rng], Taken]]

ORDINARY: Kinds = {
    "dark pen on grey paper": dark_pen,
    "blue ink": blue_ink,
    "faint pencil": pencil,
    "small and off-centre": small,
    "1,000×750, unevenly lit": phone,
    "clean, of odd sizes": clean,
}
"""As most people take them; 50 of each."""
HARDER: Kinds = {
    "edge of a shadow": shadow,
    "ruled paper": ruled,
    "hair-thin pen": hair_thin,
    "felt-tip": felt_tip,
    "pale ink": pale,
    "tiny": tiny,
    "specks": specks,
    "chalk": chalk,
    "edge of a table": table,
}
"""Where a simple threshold fails; 30 of each."""
