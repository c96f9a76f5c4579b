"""Adam over the threads that a batch is split over."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from glyphlab.backends import Shards, compiled, is_plain_float32

__all__ = ["ThreadedAdam"]

_BETAS = (0.9, 0.999)


class ThreadedAdam(torch.optim.Adam):
    """PyTorch's Adam, or AdamW with ``decoupled_weight_decay``, that several threads can step.

    State and settings are those of its base, so that either resumes what the other left.
    """

    def step_over(self, shards: Shards) -> None:
        """Step as `step` does, each thread its share of all values.

        Every value is stepped by itself, so the number of threads changes nothing but rounding.
        Gradients and state must be laid out as their parameters. Where the compiled loop is not
        for them (none is there, no float32, other betas), this is `step`.
        """
        pairs = [(p, group) for group in self.param_groups for p in group["params"]]
        pairs = [(p, group) for p, group in pairs if p.grad is not None]
        kernels = compiled()
        if (
            kernels is None
            or not is_plain_float32(*(p for p, _ in pairs))
            or any(group["betas"] != _BETAS for _, group in pairs)
        ):
            self.step()
            return
        pieces, settings = [], []
        for parameter, group in pairs:
            state = self._state_of(parameter)
            number = state["step"].numpy()
            number += 1
            pieces.append((parameter, parameter.grad, state["exp_avg"], state["exp_avg_sq"]))
            rate, apart = float(group["lr"]), group["decoupled_weight_decay"]
            settings.append([rate, group["weight_decay"], group["eps"], float(number), apart])
        kernels.adam_step(pieces, np.array(settings), shards)

    def _state_of(self, parameter: Tensor) -> dict[str, Tensor]:
        """Return the state of a parameter, at its first step as the base makes it."""
        state: dict[str, Tensor] = self.state[parameter]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["exp_avg"] = torch.zeros_like(parameter)
            state["exp_avg_sq"] = torch.zeros_like(parameter)
        return state
