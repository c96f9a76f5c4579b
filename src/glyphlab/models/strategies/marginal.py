"""Strategy `sum`: a reader of single symbols that is told nothing but the label of the image."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, RecipeError
from glyphlab.models.strategies.base import (
    Head,
    Labels,
    Supervision,
    scene_in,
    scene_needed,
    symbol_ceiling,
)
from glyphlab.tasks.labels import MOST_TUPLES, all_tuples, in_places, signs_of
from glyphlab.tasks.scenes.cell_grid import grid_of
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.tasks.scenes.scene import Scene

if TYPE_CHECKING:
    from torch import Tensor

    from glyphlab.runs.records import StrategyState
    from glyphlab.tasks.task import Task

__all__ = ["MarginalLikelihood", "is_countable", "probability_of"]

MANY = 16
"""Above this many numbers on an image the gradient is steadied."""
LEAST = 1e-12
"""Probability that is taken for zero, so that its logarithm is a number."""


@dataclass(frozen=True)
class MarginalLikelihood:
    """Read every cell with one net, and learn from the likelihood of what is derived from them.

    The gradient of the exact likelihood (`glyphlab.models.strategies.likelihood`) says which
    symbols would have given the label; nobody names them. Works for sums and
    differences of any length, and for products where the readings are few enough to be counted
    (`is_countable`).

    Parameters
    ----------
    scene : Scene
        Where the symbols stand, and the label rule.
    symbols : int
        How many different symbols there are.
    """

    scene: Scene
    symbols: int
    name: ClassVar[str] = "sum"
    head: ClassVar[Head] = "cells"
    supervision: ClassVar[Supervision] = "labels"
    reads_any_height: ClassVar[bool] = False
    can_estimate_classes: ClassVar[bool] = True

    @classmethod
    def make(cls, labels: Labels, symbols: int, scene: Scene | None) -> Self:
        """Make it for the labels ``(n, k)`` it will be trained on.

        Raises
        ------
        RecipeError
            Where the symbols do not stand in a grid, or their readings are too many to be counted.
        DataError
            For a label that no symbols give.
        """
        known = scene_needed(cls.name, scene)
        grid_of(known)
        if known.rule != "digits":
            _require_possible(known, symbols, labels)
        return cls(known, symbols)

    @classmethod
    def ceiling(cls, task: Task) -> float | None:
        """Return the share of test images with symbols seen anywhere, of labels that are derived.

        Where the label is the symbols themselves it says nothing that `sliced` does not. None where
        the symbols do not stand in rows and columns.
        """
        return symbol_ceiling(task, derived=True)

    @classmethod
    def reason_against_net(cls, net: str) -> str | None:
        """Refuse what does not learn by gradients."""
        if net != "classical":
            return None
        return (
            "strategy 'sum' learns by the gradient of the label's likelihood, and a classical "
            "model has none: choose 'sequential' or 'whole'"
        )

    @classmethod
    def reason_against_task(cls, task: Task) -> str | None:
        """Read every task; `make` sees whether the symbols can be counted."""
        del task
        return None

    @classmethod
    def reason_against_stack(cls) -> str | None:
        """Refuse: a stack takes the gradient of the cross-entropy."""
        return "strategy 'sum' has a loss of its own"

    def state(self) -> dict[str, Any]:
        """Return where the symbols stand and the label rule."""
        return {"scene": asdict(self.scene)}

    @classmethod
    def rebuild(cls, state: StrategyState) -> Self:
        """Make it from its scene."""
        return cls(scene_needed(cls.name, scene_in(state)), state.symbols)

    @property
    def positions(self) -> int:
        """One label an image, or one a symbol where the label is the symbols."""
        return self.scene.count if self.scene.rule == "digits" else 1

    @property
    def heads(self) -> int:
        """One a symbol."""
        return self.scene.count

    @property
    def classes(self) -> int:
        """One a symbol's class."""
        return self.symbols

    @property
    def grid(self) -> tuple[int, int]:
        """The image stays whole until it is in the net."""
        return 1, 1

    @property
    def frame(self) -> Grid:
        """Where the cells lie."""
        return grid_of(self.scene)

    @property
    def rows(self) -> int:
        """Rows of cells."""
        return self.frame.rows

    @property
    def columns(self) -> int:
        """Columns of cells."""
        return self.frame.columns

    @property
    def cells(self) -> tuple[int, int]:
        """Where the symbols stand."""
        return self.frame.shape

    @property
    def looks_across_batch(self) -> bool:
        """Whether the loss of an image depends on the others of its batch: of many numbers."""
        return self.scene.rule != "digits" and self.scene.count // self.scene.digits > MANY

    def targets(self, labels: Labels) -> Labels:
        """Return the labels themselves; sums that int64 does not hold place by place."""
        return _targets_of(self.scene, self.symbols, labels)

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Derive the label ``(n, 1)`` of the likeliest symbols ``(n, k, classes)``."""
        read = probabilities.argmax(-1).astype(np.int64)
        return self.scene.labels_of(read).reshape(len(read), -1)

    def answer(self, decoded: Labels) -> Labels:
        """Return what was decoded: labels already."""
        return decoded

    def confidence(
        self, probabilities: NDArray[np.float32], answers: Labels
    ) -> NDArray[np.float32]:
        """Return the probability of each label, all symbols that give it together."""
        return probability_of(self.scene, probabilities, answers)

    def loss(self, logits: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
        """Return the mean negative log-likelihood of the labels.

        With `label_smoothing` ε it is mixed with ε times the mean negative log-probability of all
        classes at all symbols, as label smoothing does where the classes are known. Of many numbers
        the gradient is steadied (`_steadied`).
        """
        import torch

        if self.looks_across_batch:
            logits = _steadied(logits)
        logs = torch.log_softmax(logits.float(), 2)
        of = _as_taken(self.scene, targets)
        found = -_log_likelihood(self.scene, logs, of).mean()
        if label_smoothing:
            found = (1 - label_smoothing) * found - label_smoothing * logs.mean() * logs.shape[1]
        return found

    def count_correct(self, logits: Tensor, targets: Tensor) -> int:
        """Count the images whose likeliest symbols give the label."""
        read = logits.detach().argmax(2).cpu().numpy()
        given = self.scene.labels_of(read).reshape(len(read), -1)
        return int((self.targets(given) == targets.cpu().numpy()).all(1).sum())

    def mean_loss(self, probabilities: NDArray[np.float32], targets: Labels) -> float | None:
        """Return the mean over all images."""
        if not len(targets):
            return None
        found = _likelihood_of(self.scene, probabilities, targets)
        return float(-found.clamp_min(np.log(LEAST) * self.heads).mean())


def is_countable(scene: Scene, symbols: int) -> bool:
    """Return whether the readings that give a label can be added up: of products only if few.

    Parameters
    ----------
    scene : Scene
    symbols : int
        How many different symbols there are.
    """
    return scene.rule != "product" or (symbols**scene.count <= MOST_TUPLES and not scene.is_long)


def probability_of(
    scene: Scene, probabilities: NDArray[np.float32], labels: Labels
) -> NDArray[np.float32]:
    """Return the probability ``(n,)`` of labels ``(n, k)`` under those of the symbols.

    Parameters
    ----------
    scene : Scene
        Where the symbols stand, and the label rule; it `is_countable`.
    probabilities : (n, symbols, classes) or (n * symbols, 1, classes) float32
    labels : (n, 1) int64 or Python integers, (n, symbols) where the label is the symbols
    """
    import torch

    if not len(labels):
        return np.zeros(0, np.float32)
    targets = _targets_of(scene, probabilities.shape[-1], labels)
    found = torch.exp(_likelihood_of(scene, probabilities, targets))
    return found.clamp(0, 1).numpy().astype(np.float32)


def _steadied(logits: Tensor) -> Tensor:
    """Return logits ``(n, k, classes)`` as they are, with less of the gradient they have in common.

    A sum of k symbols is off by about √k symbols' spread, and says so to each of them alike: of the
    gradient that all symbols of a batch share, chance is √k times as large as in what tells them
    apart. So 1/√k of it is passed on.
    """
    shared = logits.mean((0, 1))
    share: float = logits.shape[1] ** -0.5
    return logits - shared + share * shared + (1 - share) * shared.detach()


def _targets_of(scene: Scene, symbols: int, labels: Labels) -> NDArray[np.int64]:
    """Return labels ``(n, k)`` as tensors can hold them."""
    if scene.is_long:
        return in_places(labels[:, 0], scene.digits, symbols)
    return labels


def _as_taken(scene: Scene, targets: Tensor) -> Tensor:
    """Return targets as `log_likelihood` takes them: numbers of one column as ``(n,)``."""
    several = scene.rule == "digits" or targets.shape[1] > 1
    return targets if several else targets[:, 0]


def _likelihood_of(
    scene: Scene, probabilities: NDArray[np.float32], targets: NDArray[np.int64]
) -> Tensor:
    import torch

    logs = torch.from_numpy(probabilities).double().clamp_min(LEAST).log()
    logs = logs.view(len(targets), scene.count, -1)
    of = _as_taken(scene, torch.from_numpy(np.ascontiguousarray(targets)))
    return _log_likelihood(scene, logs, of)


def _log_likelihood(scene: Scene, logs: Tensor, labels: Tensor) -> Tensor:
    from glyphlab.models.strategies.likelihood import log_likelihood

    return log_likelihood(scene.rule, logs, labels, scene.digits, scene.signs)


def _require_possible(scene: Scene, symbols: int, labels: Labels) -> None:
    """Insist that the readings can be counted, and that some give each label."""
    if not is_countable(scene, symbols):
        raise RecipeError(
            f"strategy 'sum' tries out all readings of a {scene.rule}, and {symbols} classes in "
            f"{scene.count} positions have more than {MOST_TUPLES:,}: use fewer digits, strategy "
            "'sequential', or task 'addition'"
        )
    seen = np.unique(labels)
    if symbols**scene.count <= MOST_TUPLES:
        possible = scene.labels_of(all_tuples(symbols, scene.count))
        wrong = seen[~np.isin(seen, possible)]
        span = f"{possible.min()} to {possible.max()}"
    else:  # every sum up to that of the largest numbers
        signs = signs_of(scene.rule, scene.count // scene.digits, scene.signs) or ()
        largest = symbols**scene.digits - 1
        least, most = -signs.count(-1) * largest, signs.count(1) * largest
        wrong, span = seen[(seen < least) | (seen > most)], f"{least} to {most}"
    if len(wrong):
        raise DataError(
            f"label {wrong[0]} is the {scene.rule} of no {scene.count} symbols of {symbols} "
            f"classes, expected labels in {span} that some symbols give: check the labels"
        )
