"""How a net meets a label.

A strategy turns images and labels into what a net is trained on, and the net's logits back into
labels. It knows nothing of loops and optimisers; the loop knows nothing of labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.compose import Scene
from glyphlab.compose.grid import Grid
from glyphlab.compose.labels import distinct
from glyphlab.errors import RecipeError, UnknownName
from glyphlab.models.cells import grid_of
from glyphlab.models.losses import ByClasses, Labels, Told
from glyphlab.models.nets import Head
from glyphlab.models.per_position import Aligned, MultiHead, Sequential, Sliced
from glyphlab.models.reckoned import reckoned_by

__all__ = [
    "STRATEGIES",
    "Aligned",
    "Labels",
    "MultiHead",
    "Sequential",
    "Sliced",
    "Strategy",
    "Told",
    "Whole",
    "make_strategy",
]

STRATEGIES = ("whole", "sliced", "multihead", "aligned", "sequential", "sum")


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
    grid : (int, int)
        Into how many rows and columns an image is cut before the net sees the parts.
    frame : Grid or None
        Where on an image the parts or cells lie; None: they divide all of it.
    rows, columns : int
        Row and column ranges of a part that hold a symbol each, for augmentation.
    cells : (int, int)
        Rows and columns of the parts that the net itself cuts out and reads one by one.
    told : {'labels', 'symbols'}
        What training is told of an image: its label, or the symbols on it.
    """

    name: ClassVar[str]
    head: ClassVar[Head]
    told: ClassVar[Told]

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
    def grid(self) -> tuple[int, int]:
        """Rows and columns of parts an image is cut into."""
        ...

    @property
    def frame(self) -> Grid | None:
        """Where on an image the parts lie."""
        ...

    @property
    def rows(self) -> int:
        """Row ranges of a part that hold a symbol each."""
        ...

    @property
    def columns(self) -> int:
        """Column ranges of a part that hold a symbol each."""
        ...

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of parts that the net reads one by one."""
        ...

    def targets(self, labels: Labels) -> Labels:
        """Turn what is told ``(n, k)`` into targets, one row a part; -1 where impossible."""
        ...

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Turn probabilities ``(n * parts, heads, classes)`` into what is told ``(n, k)``."""
        ...

    def answer(self, decoded: Labels) -> Labels:
        """Turn what was decoded into labels ``(n, k)``."""
        ...

    def sureness(self, probabilities: NDArray[np.float32], answers: Labels) -> NDArray[np.float32]:
        """Return the probability ``(n,)`` of each answer, 0 to 1."""
        ...

    def loss(self, logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        """Return the mean loss over a batch, in nats."""
        ...

    def count_right(self, logits: Tensor, targets: Tensor) -> int:
        """Count the rows of a batch that are right at every head."""
        ...

    def mean_loss(self, probabilities: NDArray[np.float32], targets: Labels) -> float | None:
        """Return the mean negative log-likelihood in nats; None where no target is possible."""
        ...


@dataclass(frozen=True)
class Whole(ByClasses):
    """Every label seen in training is a class of its own; other labels cannot be said.

    Parameters
    ----------
    known : tuple of tuple of int
        The training labels, sorted.
    long : bool
        Whether labels are Python integers, as int64 may be too small for them.
    layout : Grid, optional
        Where the symbols of a label stand; by default in columns of equal width.
    """

    known: tuple[tuple[int, ...], ...]
    long: bool = False
    layout: Grid | None = None
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
    def columns(self) -> int:
        """As many as there are positions, unless they stand on several rows."""
        return self.positions if self.layout is None else self.layout.columns

    @property
    def rows(self) -> int:
        """Rows that the positions stand on."""
        return 1 if self.layout is None else self.layout.rows

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
        known: Labels = np.array(self.known, dtype=object if self.long else np.int64)
        labels: Labels = known[probabilities[:, 0].argmax(-1)]
        return labels

    def sureness(self, probabilities: NDArray[np.float32], answers: Labels) -> NDArray[np.float32]:
        """Return the probability of each answer's class; 0 of a label that is none."""
        classes = self.targets(answers)
        found = np.take_along_axis(probabilities[:, 0], np.maximum(classes, 0), 1)
        sure: NDArray[np.float32] = np.where(classes < 0, np.float32(0), found)[:, 0]
        return sure


def make_strategy(name: str, labels: Labels, symbols: int, scene: Scene | None = None) -> Strategy:
    """Make a strategy by name for the labels it will be trained on.

    Parameters
    ----------
    name : str
        One of `STRATEGIES`.
    labels : (n, k) int64, or Python integers
        What training is told: labels, or symbols for ``'sequential'``.
    symbols : int
        How many different symbols there are.
    scene : Scene, optional
        Where symbols stand and what is reckoned; needed by ``'sequential'`` and ``'sum'``. Without
        one they stand in columns of equal width.

    Raises
    ------
    UnknownName
        For a name that is no strategy.
    RecipeError
        For a scene whose symbols do not stand in a grid, or for ``'sum'`` have too many readings.
    DataError
        For ``'sum'`` and a label that no symbols give.
    """
    if name not in STRATEGIES:
        raise UnknownName("strategy", name, STRATEGIES)
    positions = labels.shape[1]
    if name == "whole":
        known = tuple(map(tuple, distinct(labels).tolist()))
        return Whole(known, labels.dtype == object, _seen_whole(scene))
    if name == "multihead":
        return MultiHead(positions, symbols, _seen_whole(scene))
    if name == "sliced":
        return Sliced(positions, symbols, None if scene is None else grid_of(scene))
    if name == "aligned":
        cells = None if scene is None else grid_of(scene, cut=False)
        return Aligned(positions, symbols, cells)
    if scene is None:
        raise RecipeError(
            f"strategy '{name}' needs to know where the symbols stand: name a task such as "
            "'addition', or use 'whole', 'sliced', 'multihead' or 'aligned'"
        )
    if name == "sequential":
        return Sequential(positions, symbols, grid_of(scene), scene=scene)
    return reckoned_by(scene, symbols, labels)


def _seen_whole(scene: Scene | None) -> Grid | None:
    """Return the ranges of a whole image that hold a symbol of the label each; one if they do not.

    None where the label is one number, or where symbols stand is not known.
    """
    if scene is None or scene.rule != "digits":
        return None
    return Grid(*scene.ranges)
