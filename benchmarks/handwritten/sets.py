"""Sets of pictures as files, each with its right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.seeds import numpy_rng
from glyphlab.data import Symbols
from handwritten.kinds import HARDER, ORDINARY, Kinds, about, jpeg
from handwritten.paper import Sheet, cover_of

__all__ = ["SEED", "Answered", "write_singles", "write_triples"]

SEED = 22
"""Of the pictures that are scored. Nothing was chosen on them: other seeds are for that."""


@dataclass(frozen=True, eq=False)
class Answered:
    """A picture with its right answer.

    Attributes
    ----------
    path : Path
    kind : str
    symbols : tuple of int
        What is written.
    glyphs : (k, 28, 28) uint8
        The same as MNIST has it.
    """

    path: Path
    kind: str
    symbols: tuple[int, ...]
    glyphs: NDArray[np.uint8]


def write_singles(
    folder: Path, pool: Symbols, seed: int, kinds: Mapping[str, int]
) -> Iterator[Answered]:
    """Write pictures of one digit each, no digit twice in a kind.

    Parameters
    ----------
    folder : Path
    pool : Symbols
        Digits of 28×28 pixels.
    seed : int
    kinds : mapping of str to int
        How many of each kind.
    """
    every: Kinds = {**ORDINARY, **HARDER}
    for kind, count in kinds.items():
        rng = numpy_rng(seed, "handwriting", kind)
        for number, index in enumerate(rng.choice(len(pool), count, replace=False)):
            digit, label = pool.images[index], int(pool.labels[index])
            taken = every[kind](digit, rng)
            name = kind.replace(",", "").replace(" ", "-")
            path = folder / f"{name}_{number:02d}_label{label}{taken.suffix}"
            taken.image.save(path, **taken.options)
            yield Answered(path, kind, (label,), digit[None])


def write_triples(folder: Path, pool: Symbols, seed: int, count: int) -> Iterator[Answered]:
    """Write pictures of three digits side by side, on paper that is unevenly lit.

    Parameters
    ----------
    folder : Path
    pool : Symbols
        Digits of 28×28 pixels.
    seed, count : int
    """
    rng = numpy_rng(seed, "handwriting", "triples")
    for number in range(count):
        index = rng.choice(len(pool), 3, replace=False)
        digits, labels = pool.images[index], tuple(int(one) for one in pool.labels[index])
        height = int(rng.integers(240, 480))
        width = round(height * rng.uniform(1.35, 1.7))
        sheet = Sheet.of(
            height, width, about(rng, (224, 221, 212), 8), rng, grain=rng.uniform(1, 3)
        )
        ink = about(rng, (40, 42, 70), 14)
        side = width * rng.uniform(0.17, 0.23)
        base = height * rng.uniform(0.35, 0.65)
        for position, digit in enumerate(digits):
            cover = cover_of(
                digit, round(side * rng.uniform(0.85, 1.15)), degrees=rng.uniform(-4, 4)
            )
            middle = width * (0.2 + 0.3 * position) + width * rng.uniform(-0.02, 0.02)
            top = base + height * rng.uniform(-0.08, 0.08) - cover.shape[0] / 2
            sheet.write(
                cover, (max(0, round(top)), max(0, round(middle - cover.shape[1] / 2))), ink
            )
        sheet.lit(rng.uniform(0.15, 0.45))
        taken = jpeg(sheet.taken(noise=rng.uniform(1, 4), blur=rng.uniform(0, 1)), rng, 60, 90)
        path = folder / f"triple_{number:02d}_label{''.join(map(str, labels))}{taken.suffix}"
        taken.image.save(path, **taken.options)
        yield Answered(path, "three digits", labels, digits)
