"""Cross-entropy, and the probabilities that it is of."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

__all__ = ["classification_loss", "probabilities"]


def classification_loss(logits: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
    """Return the mean cross-entropy over items and heads, a scalar, in nats.

    Parameters
    ----------
    logits : (n, heads, classes) float tensor
    targets : (n, heads) int64 tensor
        -1 marks a target that is left out.
    label_smoothing : float
        Label smoothing in [0, 1) (Szegedy et al., 2016).
    """
    return F.cross_entropy(
        logits.float().flatten(0, 1),
        targets.flatten(),
        ignore_index=-1,
        label_smoothing=label_smoothing,
    )


def probabilities(logits: Tensor) -> NDArray[np.float32]:
    """Return softmax probabilities ``(n, heads, classes)`` float32."""
    result: NDArray[np.float32] = torch.softmax(logits.float(), -1).cpu().numpy()
    return result
