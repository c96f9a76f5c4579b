"""Strategies whose classes are the symbols themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from glyphlab.compose import Scene
from glyphlab.compose.labels import labels_of
from glyphlab.models.cells import grid_of
from glyphlab.models.losses import ByClasses, Labels, Told
from glyphlab.models.nets import Head
from glyphlab.models.reckoned import is_countable, probability_of

__all__ = ["Aligned", "MultiHead", "Sequential", "Sliced"]


@dataclass(frozen=True)
class _PerPosition(ByClasses):
    """Strategies whose classes are the symbols themselves."""

    positions: int
    symbols: int

    @property
    def classes(self) -> int:
        """One class a symbol."""
        return self.symbols

    def targets(self, labels: Labels) -> Labels:
        """Return the symbols, a row an image or a strip."""
        return labels.reshape(-1, self.heads)

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Return the likeliest symbol of every position."""
        digits: Labels = probabilities.argmax(-1).astype(np.int64).reshape(-1, self.positions)
        return digits

    @property
    def heads(self) -> int:
        """One head a position."""
        return self.positions

    @property
    def columns(self) -> int:
        """As many as there are positions."""
        return self.positions


@dataclass(frozen=True)
class Sliced(_PerPosition):
    """Cut the image into one strip a position and read every strip with one net."""

    name: ClassVar[str] = "sliced"
    head: ClassVar[Head] = "cells"

    @property
    def heads(self) -> int:
        """One head reads every strip."""
        return 1

    @property
    def grid(self) -> tuple[int, int]:
        """One strip a position."""
        return 1, self.positions

    @property
    def columns(self) -> int:
        """One symbol a strip."""
        return 1


@dataclass(frozen=True)
class Sequential(_PerPosition):
    """Cut the image into one part a symbol, read each with one net, and reckon the label.

    Told the symbols, not the label: what a sum costs once its digits are known.

    Parameters
    ----------
    positions, symbols : int
        Symbols on an image, and how many different ones there are.
    scene : Scene
        Where they stand, and what is reckoned.
    """

    scene: Scene
    name: ClassVar[str] = "sequential"
    head: ClassVar[Head] = "cells"
    told: ClassVar[Told] = "symbols"

    @property
    def heads(self) -> int:
        """One head reads every part."""
        return 1

    @property
    def columns(self) -> int:
        """One symbol a part."""
        return 1

    @property
    def grid(self) -> tuple[int, int]:
        """Where the symbols stand."""
        return grid_of(self.scene)

    def answer(self, decoded: Labels) -> Labels:
        """Reckon labels ``(n, 1)`` from symbols ``(n, k)``."""
        return labels_of(self.scene.rule, decoded, self.scene.digits).reshape(len(decoded), -1)

    def sureness(self, probabilities: NDArray[np.float32], answers: Labels) -> NDArray[np.float32]:
        """Return the probability that the symbols, read one by one, give the answer.

        Of long products and differences, whose readings are too many to be added up, it is that of
        the likeliest reading alone, which is lower.
        """
        if not is_countable(self.scene, self.symbols):
            return super().sureness(probabilities, answers)
        return probability_of(self.scene, probabilities, answers)


@dataclass(frozen=True)
class MultiHead(_PerPosition):
    """One net for the whole image with one head a position (Caruana, 1997)."""

    name: ClassVar[str] = "multihead"
    head: ClassVar[Head] = "flat"


@dataclass(frozen=True)
class Aligned(_PerPosition):
    """No slicing: the map is pooled to one cell a position, and one classifier reads all cells."""

    name: ClassVar[str] = "aligned"
    head: ClassVar[Head] = "cells"
