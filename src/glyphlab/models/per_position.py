"""Strategies whose classes are the symbols themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from glyphlab.compose import Scene
from glyphlab.compose.grid import Grid
from glyphlab.models.losses import ByClasses, Labels, Told
from glyphlab.models.nets import Head
from glyphlab.models.reckoned import is_countable, probability_of

__all__ = ["Aligned", "MultiHead", "Sequential", "Sliced"]


@dataclass(frozen=True)
class _PerPosition(ByClasses):
    """Strategies whose classes are the symbols themselves.

    Parameters
    ----------
    positions, symbols : int
        Symbols on an image, and how many different ones there are.
    layout : Grid, optional
        Where they stand; by default in columns of equal width.
    """

    positions: int
    symbols: int
    layout: Grid | None = None

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
        """As many as there are positions, unless they stand on several rows."""
        return self.positions if self.layout is None else self.layout.columns

    @property
    def rows(self) -> int:
        """Rows that the positions stand on."""
        return 1 if self.layout is None else self.layout.rows


@dataclass(frozen=True)
class Sliced(_PerPosition):
    """Cut the image into one part a position, as a strip, and read every part with one net."""

    name: ClassVar[str] = "sliced"
    head: ClassVar[Head] = "cells"

    @property
    def heads(self) -> int:
        """One head reads every part."""
        return 1

    @property
    def grid(self) -> tuple[int, int]:
        """One part a position."""
        return (1, self.positions) if self.layout is None else self.layout.shape

    @property
    def frame(self) -> Grid | None:
        """Where the parts lie."""
        return self.layout

    @property
    def columns(self) -> int:
        """One symbol a part."""
        return 1

    @property
    def rows(self) -> int:
        """One symbol a part."""
        return 1


@dataclass(frozen=True)
class Sequential(Sliced):
    """Cut the image into one part a symbol, read each with one net, and reckon the label.

    Told the symbols, not the label: what a sum costs once its digits are known.

    Parameters
    ----------
    positions, symbols, layout
        As of every strategy that reads symbols.
    scene : Scene
        What is reckoned.
    """

    scene: Scene = field(kw_only=True)
    name: ClassVar[str] = "sequential"
    head: ClassVar[Head] = "cells"
    told: ClassVar[Told] = "symbols"

    def answer(self, decoded: Labels) -> Labels:
        """Reckon labels ``(n, 1)`` from symbols ``(n, k)``."""
        return self.scene.labels_of(decoded).reshape(len(decoded), -1)

    def sureness(self, probabilities: NDArray[np.float32], answers: Labels) -> NDArray[np.float32]:
        """Return the probability that the symbols, read one by one, give the answer.

        Of long products, whose readings are too many to be added up, it is that of the likeliest
        reading alone, which is lower.
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

    @property
    def frame(self) -> Grid | None:
        """Where the cells lie."""
        return self.layout
