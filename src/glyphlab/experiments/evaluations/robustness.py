"""How far the accuracy of a run falls as its images are corrupted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.progress import progress
from glyphlab.experiments.results.table import accuracy_interval, trials_interval
from glyphlab.metrics import correct_images
from glyphlab.runs import Answers
from glyphlab.training.evaluation.corruptions import CORRUPTIONS, corrupted
from glyphlab.training.evaluation.picture_reader import PictureReader

__all__ = ["CorruptedRow", "Robustness", "robustness_of"]

CHUNK = 2_048
SIDE = 28
"""Pixels of the symbols that lengths in pixels are meant for; other sizes scale them."""


@dataclass(frozen=True)
class CorruptedRow:
    """The accuracy on images of one corruption.

    Attributes
    ----------
    corruption : str
    strength : float
        In `unit`.
    unit : str
    mean, low, high : float
        Accuracy with its 95 % interval over images and glyphs.
    images : int
    """

    corruption: str
    strength: float
    unit: str
    mean: float
    low: float
    high: float
    images: int


@dataclass(frozen=True)
class Robustness:
    """The accuracy of a run on corrupted images.

    Attributes
    ----------
    rows : tuple of CorruptedRow
        By corruption and strength; the one that changes nothing is among the strengths.
    mean, low, high : float
        Accuracy over all corruptions and strengths but those that change nothing, each corruption
        counting alike, with its 95 % interval over images and glyphs.
    seed : int
        Of the corruptions.
    """

    rows: tuple[CorruptedRow, ...]
    mean: float
    low: float
    high: float
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def robustness_of(
    reader: PictureReader,
    images: NDArray[np.uint8],
    labels: NDArray[Any],
    glyphs: NDArray[np.int64] | None,
    *,
    seed: int = 0,
    quiet: bool = False,
) -> Robustness:
    """Score a run on corrupted images, every kind at every strength.

    Parameters
    ----------
    reader : PictureReader
    images : (n, H, W) uint8
        As the run reads them.
    labels : (n, k) int64, or Python integers
    glyphs : (n, k) int64, or None
    seed : int
        Of the corruptions: the same seed gives the same images.
    quiet : bool
        Show no progress.
    """
    scale = min(reader.style.size) / SIDE
    dark = reader.style.dark
    ground = 255 - images if dark else images
    clean = _right(reader, images, labels)
    rows, kinds = [], []
    total = sum(len(one.strengths) for one in CORRUPTIONS.values())
    title = f"{reader.model.run.name}: corruptions"
    with progress(total, title, unit="corruption", quiet=quiet) as bar:
        for kind, corruption in CORRUPTIONS.items():
            by_strength: dict[float, NDArray[np.bool_]] = {corruption.clean: clean}
            for strength in corruption.strengths:
                factor = scale if corruption.unit.startswith("pixels") else 1.0
                changed = corrupted(kind, ground, strength * factor, seed)
                found = _right(reader, 255 - changed if dark else changed, labels)
                by_strength[round(strength * factor, 4)] = found
                bar.advance(text=f"{kind} {strength:g}")
            rows += [
                _row(kind, strength, corruption.unit, by_strength[strength], glyphs)
                for strength in sorted(by_strength)
            ]
            trials = [one for strength, one in by_strength.items() if strength != corruption.clean]
            kinds.append(np.mean(trials, axis=0))
    mean, low, high = trials_interval(np.stack(kinds), glyphs)
    return Robustness(tuple(rows), mean, low, high, seed)


def _row(
    kind: str,
    strength: float,
    unit: str,
    correct: NDArray[np.bool_],
    glyphs: NDArray[np.int64] | None,
) -> CorruptedRow:
    found = accuracy_interval(Answers(correct[None], glyphs))
    return CorruptedRow(kind, strength, unit, found.mean, found.low, found.high, len(correct))


def _right(
    reader: PictureReader, images: NDArray[np.uint8], labels: NDArray[Any]
) -> NDArray[np.bool_]:
    parts = [
        correct_images(
            reader.model.read(images[start : start + CHUNK]).predictions.labels,
            labels[start : start + CHUNK],
        )
        for start in range(0, len(images), CHUNK)
    ]
    return np.concatenate(parts)
