"""Keras's RMSprop and Nadam, which PyTorch's namesakes are not.

PyTorch's RMSprop adds epsilon outside the root and averages with 0.99; its Nadam decays the
momentum on another schedule. All state is a tensor under its own name, so that a checkpoint holds
it whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["KERAS_EPSILON", "KerasNadam", "KerasRMSprop"]

KERAS_EPSILON = 1e-7
RHO = 0.9
BETA_1, BETA_2 = 0.9, 0.999
SCHEDULE_DECAY = 0.96


class _KerasOptimizer(torch.optim.Optimizer):
    """Walks the parameters; the formula is the subclass's.

    Parameters
    ----------
    groups : list of dict
        With a `weight_decay` each, which is added to the gradient.
    lr : float
    """

    moments: tuple[str, ...] = ()

    def __init__(self, groups: list[dict[str, Any]], *, lr: float) -> None:
        super().__init__(groups, {"lr": lr, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Take one step from the gradients that are set."""
        assert closure is None, "steps are taken from gradients that are there already"
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["step"] = torch.zeros(())
                    state |= {name: torch.zeros_like(parameter) for name in self.moments}
                state["step"] += 1
                grad = parameter.grad
                if group["weight_decay"]:
                    grad = grad.add(parameter, alpha=group["weight_decay"])
                self._update(parameter, grad, state, group["lr"])

    def _update(self, parameter: Tensor, grad: Tensor, state: Any, rate: float | Tensor) -> None:
        raise NotImplementedError


class KerasRMSprop(_KerasOptimizer):
    """RMSprop (Tieleman & Hinton, 2012) as Keras 3 has it: rho 0.9, epsilon 1e-7 in the root."""

    moments = ("square",)

    def _update(self, parameter: Tensor, grad: Tensor, state: Any, rate: float | Tensor) -> None:
        square = state["square"].mul_(RHO).addcmul_(grad, grad, value=1 - RHO)
        root = square.add(KERAS_EPSILON).sqrt_()
        if isinstance(rate, Tensor):  # of a captured step
            parameter.sub_(grad / root * rate)
        else:
            parameter.addcdiv_(grad, root, value=-rate)


class KerasNadam(_KerasOptimizer):
    """Nadam (Dozat, 2016) as Keras 3 has it: the momentum warms up as 0.9 (1 - 0.96^t / 2)."""

    moments = ("first", "second")

    def __init__(self, groups: list[dict[str, Any]], *, lr: float) -> None:
        super().__init__(groups, lr=lr)
        self._products = [1.0]  # of the schedule so far; a function of the step alone

    def _update(self, parameter: Tensor, grad: Tensor, state: Any, rate: float | Tensor) -> None:
        rate, step = float(rate), int(state["step"])
        while len(self._products) <= step:
            self._products.append(self._products[-1] * _momentum(len(self._products)))
        now, ahead, product = _momentum(step), _momentum(step + 1), self._products[step]
        first = state["first"].lerp_(grad, 1 - BETA_1)
        second = state["second"].lerp_(grad.square(), 1 - BETA_2)
        move = first * (ahead / (1 - product * ahead)) + grad * ((1 - now) / (1 - product))
        root = (second / (1 - BETA_2**step)).sqrt_().add_(KERAS_EPSILON)
        parameter.addcdiv_(move, root, value=-rate)


def _momentum(step: int) -> float:
    return BETA_1 * (1 - 0.5 * SCHEDULE_DECAY**step)
