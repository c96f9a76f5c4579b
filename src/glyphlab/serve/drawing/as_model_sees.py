"""From what was drawn to the images that a model reads, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import Prepared, Step, Style, prepare_photograph
from glyphlab.data.prepare.ink import ink_of
from glyphlab.tasks import Scene
from glyphlab.tasks.scenes.boxes import joined, prepare_box
from glyphlab.tasks.scenes.segmentation import prepare_scene
from glyphlab.training.evaluation.picture_reader import PictureReader

__all__ = ["Seen", "StepGroup", "seen_by"]


@dataclass(frozen=True)
class StepGroup:
    """Steps that belong together, as those of one box."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Seen:
    """What a model reads.

    Attributes
    ----------
    images : list of Prepared
        One for each prediction.
    each : bool
        Whether every image is one box, or one symbol of a picture, of a model that reads one.
    groups : list of StepGroup
        Empty unless steps were asked for.
    """

    images: list[Prepared]
    each: bool
    groups: list[StepGroup]


def seen_by(
    reader: PictureReader,
    pictures: Sequence[GrayImage],
    *,
    boxes: bool,
    symbols: int = 1,
    prepare: bool = True,
    steps: bool = False,
) -> Seen:
    """Return the images that a model reads of what was drawn, or of a picture.

    A model of one symbol reads each box alone. One of several needs that number of boxes, or a
    picture that shows them.

    Parameters
    ----------
    reader : PictureReader
    pictures : sequence of GrayImage
        One a box, or one alone.
    boxes : bool
        Whether they are boxes.
    symbols : int
        On a picture, for a model that reads one.
    prepare : bool
        Whether symbols become like those of training; else pictures are only scaled, and inverted
        where ink is bright in training.
    steps : bool
        Whether each step is kept.

    Raises
    ------
    DataError
        Where the number of symbols is another than the model reads.
    """
    if boxes:
        return _of_boxes(reader, pictures, prepare=prepare, steps=steps)
    return _of_picture(reader, pictures[0], symbols, prepare=prepare, steps=steps)


def _of_boxes(
    reader: PictureReader, pictures: Sequence[GrayImage], *, prepare: bool, steps: bool
) -> Seen:
    scene, count = reader.scene, len(pictures)
    if scene is None:
        if count > 1:
            raise DataError("where the symbols of its images stand is not known: choose 1 box")
        return _whole(reader, pictures[0], prepare=False, steps=steps)
    if scene.count not in (1, count):
        raise DataError(_other_count(scene, count))
    style = reader.style.resized(scene.cell)
    one_by_one = prepare and style.kind == "writing"
    prepared = [
        prepare_box(picture, style, number=number, steps=steps)
        if one_by_one
        else _scaled(picture, scene.cell, style)
        for number, picture in enumerate(pictures, 1)
    ]
    titles = [f"Box {number}" for number in range(1, count + 1)] if count > 1 else [""]
    groups = _groups(titles, prepared, pictures) if steps else []
    if scene.count == 1:
        return Seen(prepared, count > 1, groups)
    whole = joined(prepared, scene, dark=style.dark)
    if steps:
        groups.append(StepGroup("Together", (Step("put together", whole.image),)))
    return Seen([whole], False, groups)


def _other_count(scene: Scene, boxes: int) -> str:
    shown = "there is 1 box" if boxes == 1 else f"there are {boxes} boxes"
    change = (
        f"choose {scene.count} boxes"
        if scene.count <= 3
        else "open a picture that shows all of them"
    )
    return f"it reads {scene.count} symbols, and {shown}: {change}"


def _of_picture(
    reader: PictureReader, picture: GrayImage, symbols: int, *, prepare: bool, steps: bool
) -> Seen:
    scene, style = reader.scene, reader.style
    one_by_one = scene is not None and scene.count == 1 and style.kind == "writing"
    if not (one_by_one and symbols > 1 and scene is not None):
        return _whole(reader, picture, prepare=prepare, steps=steps)
    if not prepare:
        raise DataError(
            "symbols of a picture are found by its preparation: switch it on, or choose 1 box"
        )
    row = Scene.in_grid(f"{symbols} side by side", 1, symbols, cell=scene.cell)
    found = prepare_scene(picture, row, style, steps=steps)
    width = scene.cell[1]
    images = [
        replace(found, image=found.image[:, k * width : (k + 1) * width], steps=(),
                source=picture.pixels.shape)
        for k in range(symbols)
    ]  # fmt: skip
    return Seen(images, True, _groups_of_scene(found, picture) if steps else [])


def _whole(reader: PictureReader, picture: GrayImage, *, prepare: bool, steps: bool) -> Seen:
    if prepare or reader.scene is None:
        try:
            found = reader.prepare(picture, "the picture", as_is=False, steps=steps)
        except DataError as error:
            if reader.scene is None or reader.scene.count > 1:
                raise
            raise DataError(f"{error}, or choose how many symbols it shows") from error
    else:
        found = _scaled(picture, reader.model.size, reader.style)
    return Seen([found], False, _groups_of_scene(found, picture) if steps else [])


def _scaled(picture: GrayImage, size: tuple[int, int], style: Style) -> Prepared:
    """Return a picture that is only scaled, its ink bright or dark as in training."""
    if style.kind == "writing" and ink_of(picture.pixels).dark != style.dark:
        picture = GrayImage(255 - picture.pixels, (*picture.done, "inverted"))
    return replace(prepare_photograph(picture, size), source=picture.pixels.shape)


def _groups(
    titles: Sequence[str], prepared: Sequence[Prepared], pictures: Sequence[GrayImage]
) -> list[StepGroup]:
    return [
        StepGroup(title, one.steps or _two_steps(one, picture))
        for title, one, picture in zip(titles, prepared, pictures, strict=True)
    ]


def _groups_of_scene(found: Prepared, picture: GrayImage) -> list[StepGroup]:
    """Part the steps of a picture of several symbols: those of all of it, then those of each."""
    steps = found.steps or _two_steps(found, picture)
    starts = [k for k, step in enumerate(steps) if step.name == "symbol cut out"]
    if len(starts) < 2:
        return [StepGroup("", steps)]
    parts = zip(starts, [*starts[1:], len(steps)], strict=True)
    each = [StepGroup(f"Symbol {n}", steps[a:b]) for n, (a, b) in enumerate(parts, 1)]
    together = StepGroup("Together", (Step("put together", found.image),))
    return [StepGroup("All of it", steps[: starts[0]]), *each, together]


def _two_steps(found: Prepared, picture: GrayImage) -> tuple[Step, ...]:
    first = Step("picture", picture.pixels)
    if np.array_equal(found.image, picture.pixels):
        return (Step("taken as it is", found.image),)
    return first, Step("only scaled", found.image)
