"""What the report on MNIST GANs proposes against collapse: replay, and a class cap.

*Replay*: images of a symbol that has taken over are kept, and the discriminator is given some of
them as generated ones at every step, long after the generator has moved on. *Class cap*: of each
symbol only its share of a batch earns anything; what is beyond it is passed on without a gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab._common.errors import RecipeError
from glyphlab.recipes import GeneratorRecipe
from glyphlab.tasks import Task
from glyphlab.training.trainers.adversarial.images import from_range, to_range

__all__ = ["ClassCap", "CollapseMitigation", "Replay", "make_mitigation", "require_one_symbol"]

Read = Callable[[NDArray[np.uint8]], NDArray[np.int64]]
"""From images ``(n, h, w)`` to the symbol on each."""
Draw = Callable[[int], NDArray[np.uint8]]
"""From an epoch to samples of the generator."""

TAKEN_OVER = 2.0
"""Times its share from which a symbol has taken over."""
KEPT = 2_000
"""Most images that are kept; the oldest go."""
REPLAYED = 0.25
"""Share of the generated images of a batch that is taken from the kept ones."""


class CollapseMitigation:
    """None at all: what the other two change of it."""

    def sample_mask(self, generated: Tensor) -> Tensor | None:
        """Return a weight of 0 or 1 for each generated image, or None where all count."""
        del generated
        return None

    def replayed(self, count: int, chance: torch.Generator) -> Tensor | None:
        """Return images that the discriminator is to take for generated as well, or None."""
        del count, chance
        return None

    def on_row(self, row: dict[str, Any]) -> None:
        """See the history row of an epoch."""

    def tensors(self) -> dict[str, Tensor]:
        """Return what a checkpoint must hold."""
        return {}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Put back what `tensors` returned."""


class ClassCap(CollapseMitigation):
    """Of each symbol no more than its share of a batch counts.

    Parameters
    ----------
    read : callable
        A reference classifier.
    classes : int
    """

    def __init__(self, read: Read, classes: int) -> None:
        self.read, self.classes = read, classes

    def sample_mask(self, generated: Tensor) -> Tensor:
        """Return 1 for the first of each symbol, up to its share, and 0 for all beyond."""
        labels = self.read(from_range(generated))
        most = -(-len(labels) // self.classes)
        place = np.zeros(len(labels), np.int64)
        for symbol in range(self.classes):
            of = labels == symbol
            place[of] = np.arange(int(of.sum()))
        return torch.from_numpy((place < most).astype(np.float32)).to(generated.device)


class Replay(CollapseMitigation):
    """Images of symbols that had taken over at the end of an epoch, given as generated ones.

    Parameters
    ----------
    read : callable
        A reference classifier.
    draw : callable
        The generator's samples of an epoch.
    classes : int
    """

    def __init__(self, read: Read, draw: Draw, classes: int) -> None:
        self.read, self.draw, self.classes = read, draw, classes
        self.kept: NDArray[np.uint8] | None = None

    def replayed(self, count: int, chance: torch.Generator) -> Tensor | None:
        """Return some kept images, in the generator's range."""
        if self.kept is None:
            return None
        shown = max(1, round(REPLAYED * count))
        rows = torch.randint(len(self.kept), (shown,), generator=chance).numpy()
        return to_range(self.kept[rows])

    def on_row(self, row: dict[str, Any]) -> None:
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
        return {} if self.kept is None else {"replay.kept": torch.from_numpy(self.kept)}

    def load(self, tensors: dict[str, Tensor]) -> None:
        """Put kept images back."""
        if "replay.kept" in tensors:
            self.kept = tensors["replay.kept"].numpy()


def make_mitigation(name: str, read: Read, draw: Draw, classes: int) -> CollapseMitigation:
    """Return a mitigation by the name that a recipe has for it."""
    if name == "class_cap":
        return ClassCap(read, classes)
    return Replay(read, draw, classes) if name == "replay" else CollapseMitigation()


def require_one_symbol(recipe: GeneratorRecipe, task: Task) -> None:
    """Insist on images of one symbol, where a mitigation counts the symbols that are generated.

    Raises
    ------
    RecipeError
        Where an image has several.
    """
    name, count = recipe.training.collapse_mitigation, task.scene.count
    if name != "none" and count > 1:
        raise RecipeError(
            f"training.collapse_mitigation '{name}' counts one symbol an image, and an image of "
            f"'{task.name}' has {count}: leave it out, or choose a task of one symbol"
        )
