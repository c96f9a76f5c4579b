"""Pictures of single symbols, one a box: each prepared alone, and put where a scene has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import MNIST_STYLE, Prepared, Style
from glyphlab.data.prepare.groups import groups_of
from glyphlab.data.prepare.ink import ink_of
from glyphlab.data.prepare.parts import parts_of
from glyphlab.data.prepare.writing import (
    as_it_is,
    drawn,
    ink_steps,
    lit_of,
    nothing,
    said_of_ink,
    said_of_specks,
)
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.scenes.segmentation import put_symbol

__all__ = ["TooMany", "joined", "prepare_box"]


class TooMany(DataError):
    """A box that shows several symbols."""


def prepare_box(
    picture: GrayImage, style: Style = MNIST_STYLE, *, number: int = 1, steps: bool = False
) -> Prepared:
    """Make one symbol of what is written in a box.

    Parameters
    ----------
    picture : GrayImage
    style : Style
        What one symbol of the training data is like.
    number : int
        Of the box, from 1, for the message.
    steps : bool
        Whether each step is kept, to be shown as a figure.

    Returns
    -------
    Prepared
        `blank` where nothing is written in the box.

    Raises
    ------
    TooMany
        Where several symbols are.
    """
    if (found := as_it_is(picture, style)) is not None:
        return replace(found, source=picture.pixels.shape)
    ink = ink_of(picture.pixels)
    parts = parts_of(ink.levels)
    lit = lit_of(ink, parts)
    done = (*picture.done, *said_of_ink(ink, picture, lit, style))
    shown = ink_steps(picture, ink) if steps else ()
    if not parts.found:
        return replace(nothing(style, done, lit, shown), source=picture.pixels.shape)
    groups = groups_of(parts, 1)
    if len(groups) > 1:
        raise TooMany(
            f"box {number} shows {len(groups)} symbols: write one in each box, or choose more boxes"
        )
    image, said, more = drawn(ink, parts, groups[0].parts, style, steps=steps)
    done += (*said_of_specks(parts, groups), *said)
    return Prepared(image, done, False, lit, (*shown, *more), picture.pixels.shape)


def joined(boxes: Sequence[Prepared], scene: Scene, *, dark: bool) -> Prepared:
    """Put prepared symbols where a scene has them, each in the middle of where it may stand.

    Parameters
    ----------
    boxes : sequence of Prepared
        One a position, each of the size of the scene's cell.
    scene : Scene
    dark : bool
        Whether ink is dark on light paper.

    Returns
    -------
    Prepared
        Its image has the scene's canvas; it has no steps.

    Raises
    ------
    DataError
        Where nothing is written in some boxes, but in others.
    """
    free = [number for number, box in enumerate(boxes, 1) if box.blank]
    if free and len(free) < len(boxes):
        named = f"box {free[0]}" if len(free) == 1 else f"boxes {' and '.join(map(str, free))}"
        raise DataError(
            f"nothing is written in {named}: an image of '{scene.name}' has {scene.count} symbols, "
            "so write one in each box"
        )
    image = np.full(scene.canvas, 255 if dark else 0, np.uint8)
    every: dict[str, None] = {}
    for position, box in enumerate(boxes):
        every |= dict.fromkeys(box.done)
        if not box.blank:
            put_symbol(image, box.image, scene, position, dark=dark)
    done = (f"{len(boxes)} boxes prepared one by one", *every)
    return Prepared(image, done, bool(free), max(box.lit for box in boxes), (), boxes[0].source)
