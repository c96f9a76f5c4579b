"""L-BFGS as a generator: it asks for values and gradients, and leaves open who works them out.

So several minimisations, each with its own history and its own steps, can share every pass over
the data: the caller collects one question of each and answers them together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from glyphlab._common.errors import TrainingDiverged

__all__ = ["Minimum", "Question", "Tolerance", "minimise"]

Metric = Callable[[Tensor], Tensor]
"""Multiplies by a positive definite guess of the inverse Hessian."""

Answer = tuple[float, Tensor]
"""Objective and gradient at the point asked for."""

HISTORY = 10
SUFFICIENT = 1e-4
"""Share of the promised decrease that a step must bring (Armijo's condition)."""
HALVINGS = 25
WINDOW = 5
"""Iterations over which the decrease is averaged: one short step is no standstill."""


@dataclass(frozen=True)
class Tolerance:
    """When to stop.

    Attributes
    ----------
    gradient : float
        Largest absolute entry of the gradient, > 0.
    decrease : float
        Mean relative decrease of the objective an iteration, > 0. Both must be reached.
    noise : float
        Relative error of the objective as it is worked out: a step that seems to climb by less is
        taken, and where nothing better is found the point is as good as this arithmetic gets.
    iterations : int
        Steps at most.
    """

    gradient: float
    decrease: float
    noise: float
    iterations: int


@dataclass(frozen=True)
class Question:
    """A point whose objective and gradient are wanted, and where the minimisation stands.

    Attributes
    ----------
    point : Tensor
        Where to evaluate.
    iteration : int
        Steps taken so far.
    objective, slope : float
        Objective and largest absolute gradient entry at the last accepted point; infinite before
        the first answer.
    """

    point: Tensor
    iteration: int
    objective: float
    slope: float


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended.

    Attributes
    ----------
    point : Tensor
        The last accepted point.
    objective, slope : float
        Objective and largest absolute gradient entry there.
    iterations : int
        Steps taken.
    converged : bool
        Whether it stopped by itself: both tolerances reached, or no step left that this arithmetic
        can tell from none.
    """

    point: Tensor
    objective: float
    slope: float
    iterations: int
    converged: bool


def minimise(
    start: Tensor, metric: Metric, tolerance: Tolerance
) -> Generator[Question, Answer, Minimum]:
    """Minimise a smooth convex function by L-BFGS (Nocedal & Wright, 2006, algorithm 7.5).

    The first guess of the inverse Hessian is `metric`, scaled at every iteration to the newest
    curvature in the metric's own norm. A step starts at 1 and is shortened by the minimum of the
    parabola through what is known, until Armijo's condition holds; on a convex function the
    curvature along it is then positive, and a pair whose curvature is lost in rounding is left out.

    Yields
    ------
    Question
        Answer with ``send((objective, gradient))``.

    Returns
    -------
    Minimum

    Raises
    ------
    TrainingDiverged
        For an objective at `start` that is not a number.
    """
    point = start
    value, gradient = yield Question(point, 0, float("inf"), float("inf"))
    if not torch.isfinite(gradient).all() or value != value:
        raise TrainingDiverged(
            "the objective is not a number at its start: look for NaN or overflow in the images"
        )
    pairs: deque[tuple[Tensor, Tensor, float]] = deque(maxlen=HISTORY)
    values = deque([value], maxlen=WINDOW + 1)
    slope = _largest(gradient)
    for iteration in range(tolerance.iterations):
        if slope <= tolerance.gradient and _decrease(values) <= tolerance.decrease:
            return Minimum(point, value, slope, iteration, True)
        direction = _direction(gradient, pairs, metric)
        rate = _dot(gradient, direction)
        step, slack = 1.0, tolerance.noise * abs(value)
        for _ in range(HALVINGS):
            asked = Question(point + step * direction, iteration, value, slope)
            new_value, new_gradient = yield asked
            if new_value <= value + SUFFICIENT * step * rate + slack:
                break
            # The parabola's minimum, kept within a tenth and a half; half where there is overflow.
            bend = 2 * (new_value - value - step * rate)
            shorter = -rate * step / bend if bend < float("inf") else 0.5
            step *= min(0.5, max(0.1, shorter))
        else:
            return Minimum(point, value, slope, iteration, True)
        moved, turned = step * direction, new_gradient - gradient
        curvature = _dot(moved, turned)
        if curvature > torch.finfo(point.dtype).eps * _dot(turned, turned):
            pairs.append((moved, turned, curvature))
        stuck = not bool((asked.point != point).any())
        point, value, gradient = asked.point, new_value, new_gradient
        values.append(value)
        slope = _largest(gradient)
        if stuck:
            return Minimum(point, value, slope, iteration + 1, True)
    done = slope <= tolerance.gradient and _decrease(values) <= tolerance.decrease
    return Minimum(point, value, slope, tolerance.iterations, done)


def _direction(
    gradient: Tensor, pairs: deque[tuple[Tensor, Tensor, float]], metric: Metric
) -> Tensor:
    """Return minus the inverse Hessian's guess times the gradient, by the two-loop recursion."""
    rest = gradient.clone()
    shares = []
    for moved, turned, curvature in reversed(pairs):
        share = _dot(moved, rest) / curvature
        shares.append(share)
        rest.sub_(turned, alpha=share)
    rest = metric(rest)
    if pairs:
        _, turned, curvature = pairs[-1]
        rest *= curvature / _dot(turned, metric(turned))
    for (moved, turned, curvature), share in zip(pairs, reversed(shares), strict=True):
        rest.add_(moved, alpha=share - _dot(turned, rest) / curvature)
    return rest.neg_()


def _decrease(values: deque[float]) -> float:
    """Return the mean relative decrease an iteration; infinite before there is one."""
    if len(values) == 1:
        return float("inf")
    return (values[0] - values[-1]) / (len(values) - 1) / max(abs(values[-1]), 1e-300)


def _dot(a: Tensor, b: Tensor) -> float:
    return float(torch.dot(a.flatten(), b.flatten()))


def _largest(gradient: Tensor) -> float:
    return float(gradient.abs().max())
