"""Pictures of one or several symbols: found, ordered, prepared, put where a scene has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import MNIST_STYLE, Prepared, Style, prepare_photograph
from glyphlab.data.prepare.groups import Group, groups_of
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
from glyphlab.tasks.scenes.arrangement import in_reading_order
from glyphlab.tasks.scenes.scene import Scene

__all__ = ["prepare_scene", "put_symbol"]

SMALL = 1.5
"""Times the scene's canvas: what is no longer may be meant as an image like those of training."""


def prepare_scene(
    picture: GrayImage, scene: Scene, style: Style = MNIST_STYLE, *, steps: bool = False
) -> Prepared:
    """Make an image of a scene of a picture.

    Symbols are found, ordered as the scene has them (in rows from left to right, or whatever
    stands nearest to each of its positions), prepared one by one, and put in the middle of where
    each may stand. A picture that looks like an image of the scene already is left as it is.

    Parameters
    ----------
    picture : GrayImage
        As `glyphlab._common.untrusted.read_gray` gives it; what was done there comes first in
        `Prepared.done`.
    scene : Scene
        How many symbols there are, and where they stand.
    style : Style
        What one symbol of the training data is like; it is brought to the scene's cell.
    steps : bool
        Whether each step is kept, to be shown as a figure.

    Returns
    -------
    Prepared
        Its image has the scene's canvas. Photographs are scaled as a whole.

    Raises
    ------
    DataError
        Where the picture shows more or fewer symbols than the scene has, both numbers are said;
        or where they clearly stand otherwise, as one below another for a scene of one row.
    """
    style = style.resized(scene.cell)
    if style.kind == "photographs":
        return prepare_photograph(picture, scene.canvas)
    if (found := _as_it_is(picture, scene, style)) is not None:
        return found
    ink = ink_of(picture.pixels)
    parts = parts_of(ink.levels)
    lit = lit_of(ink, parts)
    done = (*picture.done, *said_of_ink(ink, picture, lit, style))
    shown = ink_steps(picture, ink) if steps else ()
    if not parts.found:
        return nothing(style.resized(scene.canvas), done, lit, shown)
    groups = groups_of(parts, scene.count)
    if len(groups) != scene.count:
        raise DataError(_wrong_count(len(groups), scene, picture))
    image = np.full(scene.canvas, 255 if style.dark else 0, np.uint8)
    every: dict[str, None] = {}
    for position, group in enumerate(_ordered(groups, scene)):
        symbol, said, more = drawn(ink, parts, group.parts, style, steps=steps)
        put_symbol(image, symbol, scene, position, dark=style.dark)
        every |= dict.fromkeys(said)
        shown += more
    done += (f"{scene.count} symbols found",) if scene.count > 1 else ()
    done += said_of_specks(parts, groups)
    return Prepared(image, (*done, *every), False, lit, shown)


def _as_it_is(picture: GrayImage, scene: Scene, style: Style) -> Prepared | None:
    """Return a picture that looks like an image of the scene, inverted or not; None for others."""
    if scene.count == 1 and scene.canvas == scene.cell:
        return as_it_is(picture, style)
    if int(picture.pixels.min()) == int(picture.pixels.max()):
        return nothing(style.resized(scene.canvas), picture.done)
    if picture.pixels.shape != scene.canvas:
        return None
    for pixels, said in ((picture.pixels, ()), (255 - picture.pixels, ("inverted",))):
        if _looks_like(pixels, scene, style):
            return Prepared(pixels, (*picture.done, *said))
    return None


def _looks_like(pixels: NDArray[np.uint8], scene: Scene, style: Style) -> bool:
    """Return whether ink is where symbols may stand, and nowhere else, and of their size."""
    ink = 255 - pixels if style.dark else pixels
    mask = ink > ink.max() / 2
    free = np.ones(scene.canvas, bool)
    lengths = np.zeros(scene.count)
    for position, (top, left) in enumerate(zip(scene.rows, scene.columns, strict=True)):
        place = (
            slice(top, top + scene.cell[0] + scene.free_y),
            slice(left, left + scene.cell[1] + scene.free_x),
        )
        free[place] = False
        rows, columns = (np.flatnonzero(mask[place].any(axis)) for axis in (1, 0))
        if len(rows):
            lengths[position] = max(np.ptp(rows), np.ptp(columns)) + 1
    lengths /= min(scene.cell)
    low, high = style.boxes
    return (
        style.has_clean_ground(pixels)
        and not mask[free].any()
        and bool((lengths >= low).all())
        and (scene.may_overlap or bool((lengths <= high).all()))
    )


def _ordered(groups: list[Group], scene: Scene) -> list[Group]:
    """Return as many groups as a scene has symbols in the order of its positions."""
    if scene.count == 1:
        return groups
    grid = scene.grid()
    if grid is not None:
        return in_reading_order(groups, grid.shape, scene.name)
    from scipy.optimize import linear_sum_assignment

    there = _to_unit(np.stack([scene.rows, scene.columns], 1).astype(np.float64))
    here = _to_unit(np.array([group.middle for group in groups]))
    away = ((there[:, None] - here[None]) ** 2).sum(2)
    return [groups[k] for k in linear_sum_assignment(away)[1]]


def _to_unit(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points ``(n, 2)`` moved and scaled, alike both ways, into the unit square."""
    moved = points - points.min(0)
    return np.asarray(moved / max(float(moved.max()), 1e-9))


def put_symbol(
    image: NDArray[np.uint8], symbol: NDArray[np.uint8], scene: Scene, position: int, *, dark: bool
) -> None:
    """Put a symbol of a cell's size in the middle of where one may stand at a position."""
    top = scene.rows[position] + scene.free_y // 2
    left = scene.columns[position] + scene.free_x // 2
    place = image[top : top + scene.cell[0], left : left + scene.cell[1]]
    (np.minimum if dark else np.maximum)(place, symbol, out=place)


def _wrong_count(found: int, scene: Scene, picture: GrayImage) -> str:
    shown = "1 symbol" if found == 1 else f"{found} symbols"
    wanted = "1 symbol" if scene.count == 1 else f"{scene.count} symbols"
    change = (
        f"write {wanted} apart from each other: two that touch count as one"
        if found < scene.count
        else f"cut it so that it shows {'one' if scene.count == 1 else scene.count}"
    )
    height, width = scene.canvas
    if max(picture.pixels.shape) <= SMALL * max(scene.canvas):
        change += f", or use --as-is for an image of {width}×{height} pixels like those of training"
    return f"the picture shows {shown}, and an image of '{scene.name}' has {scene.count}: {change}"
