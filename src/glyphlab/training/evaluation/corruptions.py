"""Corruptions of images: six kinds, each at several strengths, to see how far a model holds.

The kinds are those of MNIST-C [1]_ and of corruptions of photographs [2]_ that make sense for ink
on a background of 0; the thickness of strokes is varied as in Morpho-MNIST [3]_. Every function
takes a batch of images and returns a new one; what chance there is comes from a generator.

References
----------
.. [1] N. Mu, J. Gilmer, "MNIST-C: a robustness benchmark for computer vision", 2019,
   arXiv:1906.02337.
.. [2] D. Hendrycks, T. Dietterich, "Benchmarking neural network robustness to common corruptions
   and perturbations", *ICLR* 2019, arXiv:1903.12261.
.. [3] D. C. Castro, J. Tan, B. Kainz, E. Konukoglu, B. Glocker, "Morpho-MNIST: quantitative
   assessment and diagnostics for representation learning", *JMLR* 20 (2019), 178.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glyphlab._common.errors import look_up
from glyphlab._common.seeds import numpy_rng

__all__ = [
    "CORRUPTIONS",
    "Corruption",
    "contrast",
    "corrupted",
    "noise",
    "occlusion",
    "rotation",
    "shift",
    "thickness",
]

Images = NDArray[np.uint8]
Change = Callable[[Images, float, np.random.Generator], Images]
_CHUNK = 512
"""Images that are sampled at once: coordinates take many times their memory."""


@dataclass(frozen=True)
class Corruption:
    """One kind of corruption.

    Attributes
    ----------
    change : callable
        ``change(images, strength, generator)``.
    strengths : tuple of float
        From weak to strong; below 0 where it goes both ways.
    unit : str
        What a strength counts.
    clean : float
        The strength that changes nothing.
    """

    change: Change
    strengths: tuple[float, ...]
    unit: str
    clean: float = 0.0


def noise(images: Images, strength: float, rng: np.random.Generator) -> Images:
    """Add normal noise to every pixel.

    Parameters
    ----------
    images : (n, h, w) uint8
    strength : float
        Standard deviation as a share of 255.
    rng : numpy.random.Generator

    Returns
    -------
    (n, h, w) uint8
        As of every kind.
    """
    added = rng.standard_normal(images.shape, np.float32) * np.float32(255 * strength)
    return _bytes(images + added)


def shift(images: Images, strength: float, rng: np.random.Generator) -> Images:
    """Move each image by `strength` pixels, a direction each; background comes in."""
    angle = rng.uniform(0, 2 * math.pi, len(images)).astype(np.float32)
    moves = np.stack([np.sin(angle), np.cos(angle)], 1) * np.float32(strength)
    straight = np.broadcast_to(np.eye(2, dtype=np.float32), (len(images), 2, 2))
    return _sampled(images, straight, -moves)


def rotation(images: Images, strength: float, rng: np.random.Generator) -> Images:
    """Turn each image by `strength` degrees about its centre, one way or the other."""
    turn = np.where(rng.random(len(images)) < 0.5, -1.0, 1.0) * math.radians(strength)
    sine, cosine = np.sin(turn), np.cos(turn)
    matrices = np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], 1)
    return _sampled(images, matrices.astype(np.float32), np.zeros((len(images), 2), np.float32))


def thickness(images: Images, strength: float, rng: np.random.Generator) -> Images:
    """Widen strokes by `strength` pixels on either side, or make them thinner where it is below 0.

    Grey dilation or erosion by a disc; between two whole radii the images are mixed.
    """
    del rng
    radius = abs(strength)
    low = math.floor(radius)
    share = np.float32(radius - low)
    change = ndimage.grey_dilation if strength > 0 else ndimage.grey_erosion

    def by(whole: int) -> Images:
        if not whole:
            return images
        reach = np.arange(-whole, whole + 1)
        disc = (reach[:, None] ** 2 + reach**2 <= whole**2 + 0.5)[None]
        # beyond the edge there is background, which neither widens nor keeps a stroke
        found: Images = change(images, footprint=disc, mode="constant", cval=0)
        return found

    if not share:
        return by(low)
    return _bytes((1 - share) * by(low) + share * by(low + 1))


def contrast(images: Images, strength: float, rng: np.random.Generator) -> Images:
    """Bring every pixel nearer to the mean of its image, by a share of its distance."""
    del rng
    mean = images.mean((1, 2), keepdims=True, dtype=np.float32)
    return _bytes(mean + (images - mean) * np.float32(1 - strength))


def occlusion(images: Images, strength: float, rng: np.random.Generator) -> Images:
    """Put background over a square, its side the share `strength` of the image's shorter one.

    It lies anywhere within the image.
    """
    count, height, width = images.shape
    side = min(round(strength * min(height, width)), height, width)
    tops, lefts = (rng.integers(0, room - side + 1, count) for room in (height, width))
    down, right = np.arange(height), np.arange(width)
    rows = (down >= tops[:, None]) & (down < tops[:, None] + side)
    columns = (right >= lefts[:, None]) & (right < lefts[:, None] + side)
    return np.where(rows[:, :, None] & columns[:, None, :], np.uint8(0), images)


CORRUPTIONS: Mapping[str, Corruption] = MappingProxyType(
    {
        "noise": Corruption(noise, (0.1, 0.2, 0.3, 0.4, 0.5), "standard deviation, share of 255"),
        "shift": Corruption(shift, (1, 2, 3, 4, 5), "pixels"),
        "rotation": Corruption(rotation, (10, 20, 30, 40, 50), "degrees"),
        "thickness": Corruption(thickness, (-1, -0.5, 0.5, 1, 1.5, 2), "pixels on either side"),
        "contrast": Corruption(contrast, (0.15, 0.3, 0.45, 0.6, 0.75), "share of contrast lost"),
        "occlusion": Corruption(
            occlusion, (0.2, 0.3, 0.4, 0.5, 0.6), "side of the square, share of the image's"
        ),
    }
)
"""The kinds by name; lengths are those for symbols of 28 pixels."""


def corrupted(kind: str, images: Images, strength: float, seed: int = 0) -> Images:
    """Return corrupted images.

    Chance is the same at every strength, so that an image is moved further in one direction and
    covered by larger squares near one place.

    Parameters
    ----------
    kind : str
        One of `CORRUPTIONS`.
    images : (n, h, w) uint8
        Ink bright on a background of 0.
    strength : float
        In the kind's unit; that of `Corruption.strengths`, or any other.
    seed : int

    Returns
    -------
    (n, h, w) uint8

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    found = look_up("corruption", kind, CORRUPTIONS)
    if strength == found.clean or not images.size:
        return images
    return found.change(images, strength, numpy_rng(seed, "corruption", kind))


def _sampled(images: Images, matrices: NDArray[np.float32], moves: NDArray[np.float32]) -> Images:
    """Return what lies, between pixels, at ``matrix (place - centre) + centre + move``.

    Outside of an image there is background.
    """
    out = np.empty_like(images)
    height, width = images.shape[1:]
    centre = np.array([(height - 1) / 2, (width - 1) / 2], np.float32)
    grid = np.moveaxis(np.indices((height, width), np.float32), 0, -1) - centre
    for start in range(0, len(images), _CHUNK):
        rows = slice(start, start + _CHUNK)
        at = np.einsum("nij,hwj->nhwi", matrices[rows], grid) + centre
        at += moves[rows][:, None, None, :]
        framed = np.pad(images[rows], ((0, 0), (1, 1), (1, 1))).astype(np.float32)
        first = np.floor(at)
        part = at - first
        y, x = (first[..., axis].astype(np.int64) + 1 for axis in (0, 1))
        number = np.arange(len(framed))[:, None, None]
        total = np.zeros(at.shape[:3], np.float32)
        for below in (0, 1):
            for beside in (0, 1):
                inside_y = np.clip(y + below, 0, height + 1)
                inside_x = np.clip(x + beside, 0, width + 1)
                share_y = part[..., 0] if below else 1 - part[..., 0]
                share_x = part[..., 1] if beside else 1 - part[..., 1]
                total += share_y * share_x * framed[number, inside_y, inside_x]
        out[rows] = _bytes(total)
    return out


def _bytes(values: NDArray[np.float32]) -> Images:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)
