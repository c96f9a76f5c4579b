"""How a net meets a label.

A strategy turns images and labels into what a net is trained on, and the net's logits back into
labels. It knows nothing of loops and optimisers; the loop knows nothing of labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from glyphlab.errors import RecipeError, UnknownName
from glyphlab.models.nets import Head

__all__ = [
    "Aligned",
    "Labels",
    "MultiHead",
    "Sliced",
    "Strategy",
    "Whole",
    "classification_loss",
    "make_strategy",
    "probabilities",
    "slice_columns",
]

Labels = NDArray[np.int64]


class Strategy(Protocol):
    """What training needs to know of a way to read an image.

    Attributes
    ----------
    name : str
        The strategy's name.
    positions : int
        Columns k of the label array ``(n, k)``.
    heads, classes : int
        Shape of the net's logits ``(n, heads, classes)``.
    head : {'flat', 'cells'}
        Which head the net must have.
    slices : int
        Into how many column strips an image is cut before the net sees it; 1 for none.
    """

    name: ClassVar[str]
    head: ClassVar[Head]

    @property
    def positions(self) -> int:
        """Columns k of the labels ``(n, k)``."""
        ...

    @property
    def heads(self) -> int:
        """Heads of the logits."""
        ...

    @property
    def classes(self) -> int:
        """Classes of each head."""
        ...

    @property
    def slices(self) -> int:
        """Column strips an image is cut into; 1 for none."""
        ...

    def targets(self, labels: Labels) -> Labels:
        """Turn labels ``(n, k)`` into targets ``(n * slices, heads)``; -1 where impossible."""
        ...

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Turn probabilities ``(n * slices, heads, classes)`` into labels ``(n, k)``."""
        ...


@dataclass(frozen=True)
class _PerPosition:
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
    def slices(self) -> int:
        """One strip a position."""
        return self.positions


@dataclass(frozen=True)
class MultiHead(_PerPosition):
    """One net for the whole image with one head a position (Caruana, 1997)."""

    name: ClassVar[str] = "multihead"
    head: ClassVar[Head] = "flat"

    @property
    def slices(self) -> int:
        """The image stays whole."""
        return 1


@dataclass(frozen=True)
class Aligned(_PerPosition):
    """No slicing: the map is pooled to one cell a position, and one classifier reads all cells."""

    name: ClassVar[str] = "aligned"
    head: ClassVar[Head] = "cells"

    @property
    def slices(self) -> int:
        """The image stays whole."""
        return 1


@dataclass(frozen=True)
class Whole:
    """Every label seen in training is a class of its own; other labels cannot be said.

    Parameters
    ----------
    known : tuple of tuple of int
        The training labels, sorted.
    """

    known: tuple[tuple[int, ...], ...]
    name: ClassVar[str] = "whole"
    head: ClassVar[Head] = "flat"

    @property
    def positions(self) -> int:
        """Columns k of the labels ``(n, k)``."""
        return len(self.known[0])

    @property
    def heads(self) -> int:
        """One head says the whole label."""
        return 1

    @property
    def slices(self) -> int:
        """The image stays whole."""
        return 1

    @property
    def classes(self) -> int:
        """One class a training label."""
        return len(self.known)

    def targets(self, labels: Labels) -> Labels:
        """Return the number of each label among the known ones; -1 for any other."""
        index = {label: number for number, label in enumerate(self.known)}
        rows = [index.get(tuple(row), -1) for row in labels.tolist()]
        return np.asarray(rows, dtype=np.int64).reshape(-1, 1)

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Return the likeliest of the known labels."""
        labels: Labels = np.asarray(self.known, dtype=np.int64)[probabilities[:, 0].argmax(-1)]
        return labels


def make_strategy(name: str, labels: Labels, symbols: int) -> Strategy:
    """Make a strategy by name for the labels it will be trained on.

    Parameters
    ----------
    name : {'whole', 'sliced', 'multihead', 'aligned'}
        Which strategy.
    labels : (n, k) int64
        The training labels.
    symbols : int
        How many different symbols there are.

    Raises
    ------
    UnknownName
        For a name that is no strategy.
    """
    positions = labels.shape[1]
    if name == "whole":
        return Whole(tuple(map(tuple, np.unique(labels, axis=0).tolist())))
    if name == "sliced":
        return Sliced(positions, symbols)
    if name == "multihead":
        return MultiHead(positions, symbols)
    if name == "aligned":
        return Aligned(positions, symbols)
    raise UnknownName("strategy", name, ["whole", "sliced", "multihead", "aligned"])


def slice_columns(images: Tensor, slices: int) -> Tensor:
    """Cut images ``(n, H, W)`` into column strips ``(n * slices, H, W / slices)``, left to right.

    Raises
    ------
    RecipeError
        Where the width is no multiple of `slices`.
    """
    if slices == 1:
        return images
    count, height, width = images.shape
    if width % slices:
        raise RecipeError(
            f"images {width} pixels wide cannot be cut into {slices} equal strips: "
            "choose strategy 'aligned' or 'multihead', which need no cutting"
        )
    strips = images.reshape(count, height, slices, width // slices)
    return strips.transpose(1, 2).reshape(count * slices, height, width // slices)


def classification_loss(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Return the mean cross-entropy over items and heads, a scalar, in nats.

    Parameters
    ----------
    logits : (n, heads, classes) float tensor
    targets : (n, heads) int64 tensor
        -1 marks a target that is left out.
    smoothing : float
        Label smoothing in [0, 1) (Szegedy et al., 2016).
    """
    return F.cross_entropy(
        logits.float().flatten(0, 1),
        targets.flatten(),
        ignore_index=-1,
        label_smoothing=smoothing,
    )


def probabilities(logits: Tensor) -> NDArray[np.float32]:
    """Return softmax probabilities ``(n, heads, classes)`` float32."""
    result: NDArray[np.float32] = torch.softmax(logits.float(), -1).cpu().numpy()
    return result
