"""Cross-entropy, and what the strategies that train by it have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from glyphlab.compose.grid import Grid

__all__ = ["ByClasses", "Labels", "Told", "classification_loss", "probabilities"]

Labels = NDArray[Any]
"""Labels ``(n, k)``, int64 or Python integers as `glyphlab.compose.labels` makes them."""
Told = Literal["labels", "symbols"]


class ByClasses:
    """Strategies whose targets are classes, trained by cross-entropy."""

    told: ClassVar[Told] = "labels"

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

    def sureness(self, probabilities: NDArray[np.float32], answers: Labels) -> NDArray[np.float32]:
        """Return the product of the likeliest classes' probabilities, ``(n,)``."""
        likeliest: NDArray[np.float32] = probabilities.max(-1).reshape(len(answers), -1).prod(1)
        return likeliest

    def loss(self, logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        """Return the mean cross-entropy; see `classification_loss`."""
        return classification_loss(logits, targets, smoothing)

    def count_right(self, logits: Tensor, targets: Tensor) -> int:
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
