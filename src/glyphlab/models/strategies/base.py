"""What a strategy is: how a net meets a label.

A strategy turns images and labels into what a net is trained on, and the net's logits back into
labels. It knows nothing of loops and optimisers; the loop knows nothing of labels. Its module says
everything about it, and is imported without torch: the audit and recipes ask it too.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RecipeError
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.tasks.scenes.scene import Scene

if TYPE_CHECKING:
    from torch import Tensor

    from glyphlab.runs.records import StrategyState
    from glyphlab.tasks.task import Task

__all__ = [
    "ByClasses",
    "Head",
    "Labels",
    "Strategy",
    "Supervision",
    "by_cross_entropy",
    "ranges_of",
    "reached",
    "scene_in",
    "scene_needed",
    "symbol_ceiling",
    "symbols_seen",
]

Labels = NDArray[Any]
"""Labels ``(n, k)``, int64 or Python integers as `glyphlab.tasks.labels` makes them."""
Supervision = Literal["labels", "symbols"]
Head = Literal["flat", "cells"]


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
    supervision : {'labels', 'symbols'}
        What training is told of an image: its label, or the symbols on it.
    reads_any_height : bool
        Whether the same net reads images of any height, so that training may draw shorter ones.
    """

    name: ClassVar[str]
    head: ClassVar[Head]
    supervision: ClassVar[Supervision]
    reads_any_height: ClassVar[bool]

    @classmethod
    def make(cls, labels: Labels, symbols: int, scene: Scene | None) -> Self:
        """Make it for what training is told ``(n, k)``, `symbols` classes, and a scene.

        Raises
        ------
        RecipeError, DataError
            Where it cannot read such labels, or such a scene.
        """
        ...

    @classmethod
    def ceiling(cls, task: Task) -> float | None:
        """Return the highest exact match on the test split; None where it cannot read the task.

        From labels, symbols and glyphs alone, before anything is trained; 0 to 1.
        """
        ...

    @classmethod
    def reason_against_net(cls, net: str) -> str | None:
        """Say why it does not go together with a net by name, and what does; None where it does.

        Every model of scikit-learn counts as ``'classical'``.
        """
        ...

    @classmethod
    def reason_against_task(cls, task: Task) -> str | None:
        """Say why it cannot read a task, and what can; None where it can."""
        ...

    @classmethod
    def reason_against_stack(cls) -> str | None:
        """Say why it cannot train many nets side by side in one program; None where it can."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what `rebuild` needs besides sizes: fields of a `StrategyState`.

        They are ``known``, ``scene``, and ``more``, which takes anything that JSON holds.
        """
        ...

    @classmethod
    def rebuild(cls, state: StrategyState) -> Self:
        """Make it again from the state that a finished run kept."""
        ...

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

    def confidence(
        self, probabilities: NDArray[np.float32], answers: Labels
    ) -> NDArray[np.float32]:
        """Return the probability ``(n,)`` of each answer, 0 to 1."""
        ...

    def loss(self, logits: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
        """Return the mean loss over a batch, in nats."""
        ...

    def count_correct(self, logits: Tensor, targets: Tensor) -> int:
        """Count the rows of a batch that are right at every head."""
        ...

    def mean_loss(self, probabilities: NDArray[np.float32], targets: Labels) -> float | None:
        """Return the mean negative log-likelihood in nats; None where no target is possible."""
        ...


class ByClasses:
    """Strategies whose targets are classes, trained by cross-entropy."""

    name: ClassVar[str]
    supervision: ClassVar[Supervision] = "labels"
    reads_any_height: ClassVar[bool] = False

    @classmethod
    def reason_against_net(cls, net: str) -> str | None:
        """Go together with every net."""
        del net
        return None

    @classmethod
    def reason_against_task(cls, task: Task) -> str | None:
        """Read every task."""
        del task
        return None

    @classmethod
    def reason_against_stack(cls) -> str | None:
        """Train in a stack, which takes the gradient of the cross-entropy by itself."""
        own = cls.loss is not ByClasses.loss
        return f"strategy '{cls.name}' has a loss of its own" if own else None

    def state(self) -> dict[str, Any]:
        """Return nothing: sizes are enough."""
        return {}

    @property
    def grid(self) -> tuple[int, int]:
        """The image stays whole."""
        return 1, 1

    @property
    def rows(self) -> int:
        """Symbols stand side by side."""
        return 1

    @property
    def frame(self) -> Grid | None:
        """The net sees all of an image."""
        return None

    @property
    def cells(self) -> tuple[int, int]:
        """The net sees each part as a whole."""
        return 1, 1

    def answer(self, decoded: Labels) -> Labels:
        """Return what was decoded: labels already."""
        return decoded

    def confidence(
        self, probabilities: NDArray[np.float32], answers: Labels
    ) -> NDArray[np.float32]:
        """Return the product of the likeliest classes' probabilities, ``(n,)``."""
        likeliest: NDArray[np.float32] = probabilities.max(-1).reshape(len(answers), -1).prod(1)
        return likeliest

    def loss(self, logits: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
        """Return the mean cross-entropy; see `classification_loss`."""
        from glyphlab.models.strategies.class_losses import classification_loss

        return classification_loss(logits, targets, label_smoothing)

    def count_correct(self, logits: Tensor, targets: Tensor) -> int:
        """Count the rows whose likeliest class is the target at every head."""
        return int((logits.detach().argmax(-1) == targets).all(1).sum())

    def mean_loss(self, probabilities: NDArray[np.float32], targets: Labels) -> float | None:
        """Return the mean over all possible targets."""
        known = targets >= 0
        if not known.any():
            return None
        at = np.maximum(targets, 0)[..., None]
        chosen = np.take_along_axis(probabilities, at, -1)[..., 0]
        return float(-np.log(np.maximum(chosen[known], 1e-12)).mean())


def by_cross_entropy(strategy: Strategy) -> bool:
    """Whether the loss is that of `ByClasses` itself, so that compiled loops may stand in for it.

    Parameters
    ----------
    strategy : Strategy
    """
    kind: Any = type(strategy)
    return isinstance(strategy, ByClasses) and kind.loss is ByClasses.loss


def scene_needed(name: str, scene: Scene | None) -> Scene:
    """Return the scene of a strategy that cannot do without one.

    Raises
    ------
    RecipeError
        Where there is none.
    """
    if scene is None:
        raise RecipeError(
            f"strategy '{name}' needs to know where the symbols stand: name a task such as "
            "'addition', or use 'whole', 'sliced', 'multihead' or 'aligned'"
        )
    return scene


def scene_in(state: StrategyState) -> Scene | None:
    """Return the scene that a finished run kept; None where it kept none."""
    return None if state.scene is None else Scene(**asdict(state.scene))


def ranges_of(scene: Scene | None) -> Grid | None:
    """Return the ranges of a whole image that hold a symbol of the label each; one if they do not.

    None where the label is one number, or where symbols stand is not known.
    """
    return None if scene is None or scene.rule != "digits" else Grid(*scene.ranges)


def reached(items: NDArray[np.bool_]) -> float:
    """Return the share of test items that can be right; 0 where there are none."""
    return float(items.mean()) if len(items) else 0.0


def symbols_seen(task: Task) -> NDArray[np.bool_]:
    """Return which test images have only symbols that training shows, at whatever position."""
    return np.asarray(np.isin(task.test.symbols, task.train.symbols).all(axis=1))


def symbol_ceiling(task: Task, *, derived: bool, cut: bool = True) -> float | None:
    """Return the share of test images with symbols seen anywhere: the ceiling of cell readers.

    None where labels are not of that kind, `derived` from the symbols or the symbols themselves, or
    where the symbols do not stand in rows and columns that can be read, or with `cut` cut apart.
    """
    if (task.scene.rule != "digits") != derived or task.scene.grid(cut=cut) is None:
        return None
    return reached(symbols_seen(task))
