"""What the report on MNIST GANs proposes against collapse: a memory, and a cap.

*Memory*: images of a symbol that has taken over are kept, and the discriminator is shown some of
them as made ones at every step, long after the generator has moved on. *Cap*: of each symbol only
its share of a batch earns anything; what is beyond it is passed on without a gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.training.trainers.adversarial.images import from_range, to_range

__all__ = ["Cap", "Memory", "Remedy", "make_remedy"]

Read = Callable[[NDArray[np.uint8]], NDArray[np.int64]]
"""From images ``(n, h, w)`` to the symbol on each."""
Draw = Callable[[int], NDArray[np.uint8]]
"""From an epoch to samples of the generator."""

TAKEN_OVER = 2.0
"""Times its share from which a symbol has taken over."""
KEPT = 2_000
"""Most images in a memory; the oldest go."""
SHOWN = 0.25
"""Share of the made images of a batch that is taken from memory."""


class Remedy:
    """None at all: what the other two change of it."""

    def worth(self, made: Tensor) -> Tensor | None:
        """Return a weight of 0 or 1 for each made image, or None where all count."""
        del made
        return None

    def rejected(self, count: int, chance: torch.Generator) -> Tensor | None:
        """Return images that the discriminator is to take for made as well, or None."""
        del count, chance
        return None

    def look(self, row: dict[str, Any]) -> None:
        """See the history row of an epoch."""

    def tensors(self) -> dict[str, Tensor]:
        """Return what a checkpoint must hold."""
        return {}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Put back what `tensors` returned."""


class Cap(Remedy):
    """Of each symbol no more than its share of a batch counts.

    Parameters
    ----------
    read : callable
        A judge.
    classes : int
    """

    def __init__(self, read: Read, classes: int) -> None:
        self.read, self.classes = read, classes

    def worth(self, made: Tensor) -> Tensor:
        """Return 1 for the first of each symbol, up to its share, and 0 for all beyond."""
        labels = self.read(from_range(made))
        most = -(-len(labels) // self.classes)
        place = np.zeros(len(labels), np.int64)
        for symbol in range(self.classes):
            of = labels == symbol
            place[of] = np.arange(int(of.sum()))
        return torch.from_numpy((place < most).astype(np.float32)).to(made.device)


class Memory(Remedy):
    """Images of symbols that had taken over at the end of an epoch, shown as made ones ever after.

    Parameters
    ----------
    read : callable
        A judge.
    draw : callable
        The generator's samples of an epoch.
    classes : int
    """

    def __init__(self, read: Read, draw: Draw, classes: int) -> None:
        self.read, self.draw, self.classes = read, draw, classes
        self.kept: NDArray[np.uint8] | None = None

    def rejected(self, count: int, chance: torch.Generator) -> Tensor | None:
        """Return some kept images, in the generator's range."""
        if self.kept is None:
            return None
        shown = max(1, round(SHOWN * count))
        rows = torch.randint(len(self.kept), (shown,), generator=chance).numpy()
        return to_range(self.kept[rows])

    def look(self, row: dict[str, Any]) -> None:
        """Keep samples of every symbol that has twice its share or more."""
        shares = np.asarray(row["classes"]) / sum(row["classes"])
        over = np.flatnonzero(shares >= TAKEN_OVER / self.classes)
        row["taken_over"] = over.tolist()
        if not len(over):
            return
        images = self.draw(int(row["epoch"]))
        found = images[np.isin(self.read(images), over)]
        if len(found):
            before = found if self.kept is None else np.concatenate([self.kept, found])
            self.kept = before[-KEPT:]

    def tensors(self) -> dict[str, Tensor]:
        """Return the kept images."""
        return {} if self.kept is None else {"remedy.kept": torch.from_numpy(self.kept)}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Put kept images back."""
        if "remedy.kept" in tensors:
            self.kept = tensors["remedy.kept"].numpy()


def make_remedy(name: str, read: Read, draw: Draw, classes: int) -> Remedy:
    """Return a remedy by the name that a recipe has for it."""
    if name == "cap":
        return Cap(read, classes)
    return Memory(read, draw, classes) if name == "memory" else Remedy()
