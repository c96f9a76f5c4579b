"""Objective and gradient of logistic regression for several C in one pass over the images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from glyphlab.models.logistic.pixels import Pixels

__all__ = ["Objective"]


class Objective:
    """Mean log-loss plus penalty, scikit-learn's objective over ``C n``.

    For more than two classes, weights are ``(features + 1, classes)`` with the intercepts in the
    last row; for two they are ``(features + 1, 1)`` and the loss is the binary one, as in
    scikit-learn: one column and its negative would be penalised only half as much.

    Parameters
    ----------
    pixels : Pixels
    targets : (n,) int64 Tensor
        Class numbers from 0.
    classes : int
        At least 2.
    """

    def __init__(self, pixels: Pixels, targets: Tensor, classes: int) -> None:
        self.pixels, self.targets, self.classes = pixels, targets, classes
        self.outputs = 1 if classes == 2 else classes

    def __call__(
        self, points: Sequence[Tensor], Cs: Sequence[float], dtype: torch.dtype | None = None
    ) -> list[tuple[float, Tensor]]:
        """Return objective and gradient of each of `points` under its own C.

        Parameters
        ----------
        points : sequence of (features + 1, outputs) Tensor
        Cs : sequence of float
            As many, each > 0.
        dtype : torch.dtype, optional
            What the products are made in, as ``torch.bfloat16``; the pixels' own by default. The
            weights that multiply uint8 pixels take the scale, so that these are exact in bfloat16.
        """
        count, features = self.pixels.shape
        stacked = torch.stack(list(points), dim=1)  # (features + 1, C, outputs)
        weights = (stacked[:-1] * self.pixels.scale).flatten(1).to(dtype or self.pixels.dtype)
        gradient = torch.zeros_like(stacked)
        flat = gradient[:-1].view(features, -1)
        losses = torch.zeros(len(points), dtype=torch.float64)
        for block in self.pixels.blocks(dtype):
            logits = (block.forward @ weights).to(stacked.dtype)
            logits = logits.view(-1, len(points), self.outputs).add_(stacked[-1])
            loss, residuals = self._loss(logits, self.targets[block.rows])
            losses += loss
            gradient[-1] += residuals.sum(0)
            flat += block.backward @ residuals.flatten(1).to(weights.dtype)
        gradient[:-1] *= self.pixels.scale
        gradient /= count
        results = []
        for index, (point, C) in enumerate(zip(points, Cs, strict=True)):
            penalty = 1 / (C * count)
            own = gradient[:, index].contiguous()
            own[:-1] += penalty * point[:-1]
            norm = float(point[:-1].double().square().sum())
            results.append((float(losses[index]) / count + 0.5 * penalty * norm, own))
        return results

    def curvature(self) -> float:
        """Return the second derivative of a loss by a logit, at zero weights."""
        return (self.classes - 1) / self.classes**2

    def _loss(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return summed losses ``(C,)`` float64 and the derivatives by the logits, in their place.

        Losses are summed in float64: with float32, a hundred thousand of them would hide the small
        decreases of the last steps.
        """
        if self.outputs == 1:
            sign = 1 - 2 * targets.to(logits.dtype)[:, None, None]  # -1 where the class is 1
            signed = logits.mul_(sign)
            losses = F.softplus(signed).sum((0, 2), dtype=torch.float64)
            return losses, signed.sigmoid_().mul_(sign)
        index = targets[:, None, None].expand(-1, logits.shape[1], 1)
        normaliser = logits.logsumexp(2, keepdim=True)
        losses = (normaliser - logits.gather(2, index)).sum((0, 2), dtype=torch.float64)
        residuals = logits.sub_(normaliser).exp_()
        return losses, residuals.scatter_add_(2, index, residuals.new_full(index.shape, -1.0))
