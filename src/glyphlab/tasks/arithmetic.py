"""Images of numbers whose label is derived: how they are laid out, and how glyphs are paired."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import SceneError, UsageError
from glyphlab._common.seeds import numpy_rng
from glyphlab.data import Symbols, SymbolSet
from glyphlab.tasks.drawing import random_offsets
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.split import Split
from glyphlab.tasks.splits import SPLITS
from glyphlab.tasks.streams.drawn_images import images_of
from glyphlab.tasks.task_recipe import MOST_DIGITS

__all__ = ["each_once", "of_numbers", "reported_pairs", "require_ten"]

REPORTED_VALIDATION = 0.2
"""Share of the pairs that the addition report validates on."""


def of_numbers(scene: Scene, digits: int) -> Scene:
    """Return a scene of single symbols below each other as one of numbers of N digits.

    Raises
    ------
    UsageError
        For numbers without digits, or of more than a thousand.
    """
    if not 1 <= digits <= MOST_DIGITS:
        raise UsageError(
            f"numbers of {digits:,} digits, expected at least 1 and at most {MOST_DIGITS:,}: use "
            "another number of digits"
        )
    height, width = scene.cell
    columns = tuple(width * place for place in range(digits)) * scene.count
    rows = tuple(height * line for line in range(scene.count) for _ in range(digits))
    return replace(
        scene,
        count=scene.count * digits,
        canvas=(height * scene.count, width * digits),
        columns=columns,
        rows=rows,
        digits=digits,
    )


def require_ten(scene: Scene, source: SymbolSet, *, as_published: bool = False) -> None:
    """Insist that numbers of several digits, and published tasks, have ten classes.

    Raises
    ------
    SceneError
        Where the source has others.
    """
    if as_published and source.train.classes != 10:
        raise SceneError(
            f"a task as it was published shows ten digits, and '{source.name}' has "
            f"{source.train.classes} classes: use a source of digits, or leave --as-published out"
        )
    if scene.digits > 1 and source.train.classes != 10:
        raise SceneError(
            f"numbers of {scene.digits} digits are written with ten classes, '{source.name}' has "
            f"{source.train.classes}; use a source of digits"
        )


def each_once(
    scene: Scene, pools: dict[str, Symbols], seed: int, *, streamed: bool = False
) -> dict[str, Split]:
    """Return splits in which each glyph of a pool stands on one image, as the literature has it.

    The glyphs of a pool are put in random order and cut into images; what is left over is left out.

    Raises
    ------
    SceneError
        Where a pool has glyphs, but too few for one image.
    """
    for name in SPLITS:  # before any is drawn: large images take seconds
        if 0 < len(pools[name]) < scene.count:
            raise SceneError(
                f"the {name} split has {len(pools[name])} glyphs and an image takes "
                f"{scene.count}; use fewer digits or a larger source"
            )
    splits = {}
    for name in SPLITS:
        pool = pools[name]
        total = len(pool) // scene.count
        order = numpy_rng(seed, name, "once").permutation(len(pool))
        splits[name] = _drawn(scene, pool, order[: total * scene.count], seed, name, streamed)
    return splits


def reported_pairs(
    scene: Scene, source: SymbolSet, seed: int, *, streamed: bool = False
) -> dict[str, Split]:
    """Return the splits of the addition report.

    As many pairs as there are training images, both drawn from those with replacement, a fifth of
    the pairs for validation; as many as there are test images, drawn from those. Training and
    validation therefore share glyphs, which the audit says. The paper's own random numbers are not
    known, so these are other pairs than its.
    """
    drawn = numpy_rng(seed, "train", "pairs").integers(
        len(source.train), size=(len(source.train), scene.count)
    )
    cut = round(len(drawn) * (1 - REPORTED_VALIDATION))
    of_test = numpy_rng(seed, "test", "pairs").integers(
        len(source.test), size=(len(source.test), scene.count)
    )
    return {
        "train": _drawn(scene, source.train, drawn[:cut], seed, "train", streamed),
        "val": _drawn(scene, source.train, drawn[cut:], seed, "val", streamed),
        "test": _drawn(scene, source.test, of_test, seed, "test", streamed),
    }


def _drawn(
    scene: Scene, pool: Symbols, glyphs: NDArray[np.int64], seed: int, name: str, streamed: bool
) -> Split:
    index = glyphs.reshape(-1, scene.count)
    symbols = pool.labels[index]
    offsets = random_offsets(scene, len(index), numpy_rng(seed, name, "offsets"))
    images = images_of(scene, pool.images, index, offsets, streamed=streamed)
    return Split(images, scene.labels_of(symbols), symbols, pool.ids[index])
