"""Penalties on kernels, as Keras's regularizers have them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from glyphlab.optim.optimizers import kernels_of

__all__ = ["NO_PENALTY", "Penalty"]


@dataclass(frozen=True)
class Penalty:
    """``l1 * sum |w| + l2 * sum w**2`` over every kernel; biases and norms go free.

    Parameters
    ----------
    l1, l2 : float
        Strengths, at least 0.
    """

    l1: float = 0.0
    l2: float = 0.0

    @torch.no_grad()
    def of(self, net: nn.Module) -> float:
        """Return the penalty of a net's kernels as they stand."""
        total = 0.0
        for kernel in kernels_of(net) if self.l1 or self.l2 else ():
            total += self.l1 * float(kernel.abs().sum()) + self.l2 * float(kernel.square().sum())
        return total

    @torch.no_grad()
    def add_gradients(self, net: nn.Module) -> float:
        """Add the penalty's gradients to those that are set, and return `of` the net."""
        self.add_to_gradients(net)
        return self.of(net)

    @torch.no_grad()
    def add_to_gradients(self, net: nn.Module) -> None:
        """Add the penalty's gradients to those that are set."""
        for kernel in kernels_of(net) if self.l1 or self.l2 else ():
            if kernel.grad is not None:
                kernel.grad.add_(kernel, alpha=2 * self.l2).add_(kernel.sign(), alpha=self.l1)

    @torch.no_grad()
    def on_device(self, net: nn.Module) -> Tensor | float:
        """Return `of` the net as a scalar where its kernels are; 0.0 where nothing is penalised."""
        total: Tensor | float = 0.0
        for kernel in kernels_of(net) if self.l1 or self.l2 else ():
            total = total + self.l1 * kernel.abs().sum() + self.l2 * kernel.square().sum()
        return total


NO_PENALTY = Penalty()
