"""Strokes, paper, light and cameras: what a picture of handwriting is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter, rotate

__all__ = ["Colour", "Sheet", "cover_of"]

Colour = tuple[float, float, float]
Levels = NDArray[np.float64]

FINE = 16
"""Pixels that one of MNIST's becomes while strokes are drawn."""
NEIGHBOURS = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
"""How far to roll an image for the one above, and on clockwise."""


def cover_of(digit: NDArray[np.uint8], side: int, *, thickness: float | None = None,
             degrees: float = 0.0) -> Levels:  # fmt: skip
    """Return how much ink of a digit covers each pixel, 0..1, its longer side `side` pixels.

    Parameters
    ----------
    digit : (28, 28) uint8
        Of MNIST.
    side : int
    thickness : float, optional
        Width of its strokes in pixels; as its writer had it where it is left out.
    degrees : float
        How far it is turned.
    """
    large = Image.fromarray(digit).resize((28 * FINE, 28 * FINE), Image.Resampling.BICUBIC)
    levels = gaussian_filter(np.asarray(large, np.float64), 0.4 * FINE)
    if degrees:
        levels = rotate(levels, degrees, reshape=True, order=1)
    levels = np.pad(levels, 6 * FINE)
    shape = levels > 110
    away = distance_transform_edt(shape) - distance_transform_edt(~shape)
    rows, columns = np.flatnonzero(shape.any(1)), np.flatnonzero(shape.any(0))
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    scale = side / longest
    if thickness is not None:
        away = thickness / 2 / scale - distance_transform_edt(~thinned(shape))
    cover = np.clip(away * min(scale, 1.0) + 0.5, 0, 1)
    margin = 6 * FINE
    cover = cover[rows[0] - margin : rows[-1] + 1 + margin,
                  columns[0] - margin : columns[-1] + 1 + margin]  # fmt: skip
    size = [max(1, round(length * scale)) for length in cover.shape[::-1]]
    cover = np.asarray(
        Image.fromarray(cover.astype(np.float32)).resize((size[0], size[1]), Image.Resampling.BOX),
        np.float64,
    )
    used = np.flatnonzero(cover.max(1) > 0.02), np.flatnonzero(cover.max(0) > 0.02)
    return cover[used[0][0] : used[0][-1] + 1, used[1][0] : used[1][-1] + 1]


def thinned(shape: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the middle lines of a shape, one pixel wide (T. Y. Zhang, C. Y. Suen, 1984)."""
    shape = np.pad(shape, 1)
    while True:
        before = shape.sum()
        for turn in (0, 1):
            around = np.stack([
                np.roll(shape, (down, right), (0, 1))
                for down, right in NEIGHBOURS
            ])  # fmt: skip
            count = around.sum(0, dtype=np.int8)
            crossings = (~around & np.roll(around, -1, 0)).sum(0, dtype=np.int8)
            up, right, down, left = around[::2]
            first, second = (right & down, up | left) if turn == 0 else (up & left, right | down)
            ends = ~(first & second)
            shape = shape & ~((count >= 2) & (count <= 6) & (crossings == 1) & ends)
        if shape.sum() == before:
            return shape[1:-1, 1:-1]


@dataclass
class Sheet:
    """A sheet of paper that is written on, lit, and taken.

    Attributes
    ----------
    colours : (h, w, 3) float64
        In 0..255.
    rng : numpy.random.Generator
    """

    colours: Levels
    rng: np.random.Generator

    @classmethod
    def of(cls, height: int, width: int, colour: Colour, rng: np.random.Generator,
           *, grain: float = 0.0) -> Sheet:  # fmt: skip
        """Return paper of a colour, with a grain of that deviation."""
        colours = np.tile(np.asarray(colour, np.float64), (height, width, 1))
        if grain:
            fibres = gaussian_filter(rng.normal(size=(height, width)), 0.8)
            colours += (grain * fibres / fibres.std())[..., None]
        return cls(colours, rng)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.colours.shape[0], self.colours.shape[1]

    def write(
        self, cover: Levels, at: tuple[int, int], ink: Colour, *, texture: float = 0.0
    ) -> None:
        """Cover a part from row and column `at` on with ink, unevenly by `texture` of 1."""
        height, width = cover.shape
        if texture:
            rough = gaussian_filter(self.rng.normal(size=cover.shape), 1.0)
            cover = cover * np.clip(1 - texture * np.abs(rough / rough.std()), 0.15, 1)
        part = self.colours[at[0] : at[0] + height, at[1] : at[1] + width]
        part += (np.asarray(ink) - part) * cover[..., None]

    def lit(self, strength: float) -> None:
        """Let light fall on it from one side and less at its corners; 0.3 takes up to 30 %."""
        height, width = self.size
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        angle = self.rng.uniform(0, 2 * np.pi)
        slope = (np.cos(angle) * x + np.sin(angle) * y) / np.sqrt(2)
        middle = self.rng.uniform(-0.4, 0.4, 2)
        far = ((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / 4
        share = self.rng.uniform(0.3, 0.7)
        dimmed = share * (slope + 1) / 2 + (1 - share) * np.clip(far, 0, 1)
        self.colours *= (1 - strength * dimmed)[..., None]

    def shadowed(self, left: float, *, blur: float) -> None:
        """Put everything on one side of a slanted edge into shadow, where `left` of it is left."""
        distance = self.edge(self.rng.uniform(0.25, 0.75))
        shade = 1 / (1 + np.exp(-distance / max(0.5, blur)))
        self.colours *= (left + (1 - left) * shade)[..., None]

    def edge(self, where: float) -> Levels:
        """Return how far each pixel is from a slanted line through `where` of the sheet."""
        height, width = self.size
        angle = self.rng.choice(4) * np.pi / 2 + self.rng.uniform(-0.35, 0.35)
        y, x = np.mgrid[0:height, 0:width]
        along = np.cos(angle) * x + np.sin(angle) * y
        low, high = along.min(), along.max()
        return np.asarray(along - (low + where * (high - low)))

    def taken(self, *, noise: float = 0.0, blur: float = 0.0, gray: bool = False) -> Image.Image:
        """Return it as a camera or a scanner gives it."""
        colours = gaussian_filter(self.colours, (blur, blur, 0)) if blur else self.colours
        if noise:
            colours = colours + self.rng.normal(0, noise, colours.shape)
        image = Image.fromarray(np.clip(np.rint(colours), 0, 255).astype(np.uint8))
        return image.convert("L") if gray else image
