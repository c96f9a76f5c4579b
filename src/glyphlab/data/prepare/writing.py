"""Handwriting: ink is found on its paper and becomes a symbol as the training data have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare.groups import Group, groups_of
from glyphlab.data.prepare.ink import Ink, ink_of
from glyphlab.data.prepare.parts import Part, Parts, parts_of, union
from glyphlab.data.prepare.prepared import Prepared, Step
from glyphlab.data.prepare.strokes import binary, placed, redrawn
from glyphlab.data.prepare.style import MNIST_STYLE, Style

__all__ = [
    "as_it_is",
    "drawn",
    "ink_steps",
    "lit_of",
    "nothing",
    "prepare_symbol",
    "said_of_ink",
    "said_of_specks",
]


def prepare_symbol(
    picture: GrayImage, style: Style = MNIST_STYLE, *, steps: bool = False
) -> Prepared:
    """Make one symbol of a picture, as the training images of a style have them.

    Parameters
    ----------
    picture : GrayImage
        As `glyphlab._common.untrusted.read_gray` gives it; what was done there comes first in
        `Prepared.done`.
    style : Style
        What the training images are like.
    steps : bool
        Whether each step is kept, to be shown as a figure.

    Returns
    -------
    Prepared
        The same pixels where the picture is like the training images already. Where several
        symbols are written the heaviest one counts; `glyphlab.tasks.scenes.segmentation` tells
        them apart.
    """
    if (found := as_it_is(picture, style)) is not None:
        return found
    ink = ink_of(picture.pixels)
    parts = parts_of(ink.levels)
    lit = lit_of(ink, parts)
    done = (*picture.done, *said_of_ink(ink, picture, lit, style))
    if not parts.found:
        return nothing(style, done, lit, ink_steps(picture, ink) if steps else ())
    groups = groups_of(parts, 1)
    chosen = max(groups, key=_mass)
    done += (*_others(len(groups) - 1), *said_of_specks(parts, groups))
    image, more, shown = drawn(ink, parts, chosen.parts, style, steps=steps)
    shown = (*ink_steps(picture, ink), *shown) if steps else ()
    return Prepared(image, (*done, *more), False, lit, shown)


def as_it_is(picture: GrayImage, style: Style) -> Prepared | None:
    """Return a picture that needs nothing, or is a training image inverted; None for others."""
    pixels = picture.pixels
    if pixels.shape == style.size:
        if style.fits(pixels):
            return Prepared(pixels, picture.done)
        if style.fits(255 - pixels):
            return Prepared(255 - pixels, (*picture.done, "inverted"))
    if int(pixels.max()) == int(pixels.min()):
        return nothing(style, picture.done)
    return None


def drawn(
    ink: Ink, parts: Parts, chosen: list[Part], style: Style, *, steps: bool = False
) -> tuple[NDArray[np.uint8], tuple[str, ...], tuple[Step, ...]]:
    """Return some parts as one symbol, what was done to them, and the steps if asked for."""
    numbers = np.array([part.number for part in chosen], np.int32)
    box = union([part.box for part in chosen])
    shape = binary(ink.levels, parts.labels, numbers, box)
    levels, changed = redrawn(shape, style)
    image = placed(levels, style)
    said: tuple[str, ...] = (f"strokes {changed}",) if changed else ()
    side = round(style.box * min(style.size))
    said += (f"fitted into {side} of {style.size[1]}×{style.size[0]} pixels and centred",)
    if not steps:
        return image, said, ()
    return image, said, (
        Step("symbol cut out", shape.astype(np.uint8) * 255),
        Step("strokes as in training", np.rint(levels * 255).astype(np.uint8)),
        Step("fitted and centred", image),
    )  # fmt: skip


def lit_of(ink: Ink, parts: Parts) -> float:
    """Return the contrast of what was taken for light, as a share of the ink's or the noise's."""
    level = parts.found[0].level if parts.found else float(np.percentile(ink.levels, 99.7))
    return ink.light / max(8.0, level)


def said_of_ink(ink: Ink, picture: GrayImage, lit: float, style: Style) -> tuple[str, ...]:
    """Return what finding the ink did, in words, for an image of a style."""
    height, width = picture.pixels.shape
    said = [f"ink found on {width}×{height} pixels"]
    if ink.dark != style.dark:
        said.append("inverted")
    if lit > 0.05:
        said.append("uneven light removed")
    return tuple(said)


def said_of_specks(parts: Parts, groups: Sequence[Group]) -> tuple[str, ...]:
    """Return how many parts are in no symbol, in words."""
    count = len(parts.found) - sum(len(group.parts) for group in groups)
    return (f"{count} small part{'s' * (count > 1)} left out",) if count else ()


def ink_steps(picture: GrayImage, ink: Ink) -> tuple[Step, ...]:
    """Return the steps up to the ink."""
    return (
        Step("picture", picture.pixels),
        Step("light on the paper", np.clip(ink.paper, 0, 255).astype(np.uint8)),
        Step("ink", _stretched(ink.levels)),
    )


def _others(count: int) -> tuple[str, ...]:
    return (f"{count} other symbol{'s' * (count > 1)} left out",) if count else ()


def _mass(group: Group) -> float:
    return group.mass


def _stretched(levels: NDArray[np.float32]) -> NDArray[np.uint8]:
    most = max(1.0, float(np.percentile(levels, 99.9)))
    return np.asarray(np.clip(levels * (255 / most), 0, 255), np.uint8)


def nothing(
    style: Style, done: tuple[str, ...], lit: float = 0.0, steps: tuple[Step, ...] = ()
) -> Prepared:
    """Return what comes of a picture on which nothing is written."""
    image = np.full(style.size, 255 if style.dark else 0, np.uint8)
    return Prepared(image, (*done, "nothing written found"), True, lit, steps)
