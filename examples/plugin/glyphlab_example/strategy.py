"""Strategy `bits`: every symbol as a binary number, with a head a bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from glyphlab.models.strategies import ByClasses


@dataclass(frozen=True)
class Bits(ByClasses):
    """The whole image, and one head of two classes for every bit of every symbol."""

    positions: int
    symbols: int
    name: ClassVar[str] = "bits"
    head: ClassVar[str] = "flat"
    classes: ClassVar[int] = 2

    @property
    def bits(self) -> int:
        """Bits of a symbol."""
        return max(1, (self.symbols - 1).bit_length())

    @property
    def heads(self) -> int:
        """One a bit."""
        return self.positions * self.bits

    @property
    def columns(self) -> int:
        """As many as there are positions."""
        return self.positions

    @classmethod
    def make(cls, labels: Any, symbols: int, scene: Any) -> Bits:
        """Make it for labels ``(n, k)``."""
        del scene
        return cls(labels.shape[1], symbols)

    @classmethod
    def rebuild(cls, state: Any) -> Bits:
        """Make it from what a finished run kept."""
        return cls(state.positions, state.symbols)

    @classmethod
    def ceiling(cls, task: Any) -> float | None:
        """Return the share of test images whose every bit has been seen at its place."""
        if task.scene.rule != "digits" or not len(task.test):
            return None
        wide = cls(task.scene.count, task.classes)
        test, train = wide.targets(task.test.symbols), wide.targets(task.train.symbols)
        seen = [np.isin(test[:, bit], train[:, bit]) for bit in range(wide.heads)]
        return float(np.all(seen, axis=0).mean())

    @classmethod
    def reason_against_task(cls, task: Any) -> str | None:
        """Refuse labels that are single numbers."""
        if task.train.labels.ndim > 1:
            return None
        return f"strategy 'bits' reads one label a position, and '{task.name}' has numbers"

    def targets(self, labels: Any) -> Any:
        """Return the bits, lowest first."""
        bits = labels[:, :, None] >> np.arange(self.bits) & 1
        return bits.reshape(len(labels), self.heads)

    def decode(self, probabilities: Any) -> Any:
        """Return the symbols that the likeliest bits write."""
        bits = probabilities.argmax(-1).reshape(-1, self.positions, self.bits)
        return np.minimum((bits << np.arange(self.bits)).sum(-1), self.symbols - 1)
