"""Logistic regression for several C at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.models.logistic.lbfgs import Minimum, Question, Tolerance, minimise
from glyphlab.models.logistic.logistic_loss import Objective
from glyphlab.models.logistic.pixels import Pixels
from glyphlab.models.logistic.precondition import SAMPLE, principal_directions

__all__ = ["PRECISIONS", "SoftmaxFit", "Step", "fit_path"]

PRECISIONS = ("bfloat16", "float32", "float64")
NOISE = {"bfloat16": 3e-3, "float32": 1e-6, "float64": 1e-13}
"""Relative error of an objective made with products of each precision."""
COARSE = 1e-2
"""bfloat16 works until the objective falls by less than this an iteration."""


@dataclass(frozen=True)
class SoftmaxFit:
    """What was learnt for one C.

    Attributes
    ----------
    C : float
        Inverse strength of the penalty.
    classes : (classes,) array
        The labels, sorted.
    coef : (classes, features) float array; (1, features) for two classes
        Weights on pixels in 0..1; 0 for a pixel that no image uses.
    intercept : (classes,) float array; (1,) for two classes
    objective : float
        ``0.5 * ||coef||² + C * sum of log-losses`` (natural logarithm) on the training images.
    gradient : float
        Largest absolute entry of the objective's gradient over ``C n``: what scikit-learn holds
        against `tol`.
    iterations : int
        Steps of L-BFGS, those in bfloat16 included.
    converged : bool
        Whether it stopped before `max_iter`.
    backend : {'torch', 'numba'}
        What multiplied.
    """

    C: float
    classes: NDArray[np.generic]
    coef: NDArray[np.floating]
    intercept: NDArray[np.floating]
    objective: float
    gradient: float
    iterations: int
    converged: bool
    backend: str


@dataclass(frozen=True)
class Step:
    """How far all the minimisations are, after one pass over the images.

    Attributes
    ----------
    passes : int
        Passes so far; each serves every C that is still at work.
    iterations : tuple of int
        Steps taken, one entry a C in the order given.
    objectives, gradients : tuple of float
        As in `SoftmaxFit`, at the last accepted point; infinite before the first.
    precision : str
        What this pass multiplied in.
    """

    passes: int
    iterations: tuple[int, ...]
    objectives: tuple[float, ...]
    gradients: tuple[float, ...]
    precision: str


def fit_path(
    images: NDArray[np.generic],
    labels: NDArray[np.generic],
    Cs: Sequence[float],
    *,
    max_iter: int = 500,
    tol: float = 1e-4,
    decrease: float = 1e-4,
    precision: str = "float32",
    on_pass: Callable[[Step], None] = lambda _step: None,
) -> list[SoftmaxFit]:
    """Fit a multinomial logistic regression for each C, all sharing every pass over the images.

    The objective is that of scikit-learn's ``LogisticRegression``: ``0.5 * ||W||² + C * sum of
    log-losses``, intercepts free of penalty. The weights of all C stand side by side, so that one
    product with the images serves them all; each C has its own history, step length and end.

    Parameters
    ----------
    images : (n, H, W) or (n, features) array
        uint8 is read as 0..1, floats as they are.
    labels : (n,) array
        One class an image, at least two different ones.
    Cs : sequence of float
        Inverse strengths of the penalty, each > 0.
    max_iter : int
        Most steps for each C, ≥ 1.
    tol : float
        Largest gradient entry at the end, of the objective over ``C n`` (as scikit-learn's), > 0.
    decrease : float
        Largest mean relative decrease an iteration at the end, > 0; both must hold. At a large C
        the gradient is below `tol` when a fifth of the objective is still to be won.
    precision : {'float32', 'float64', 'bfloat16'}
        What is multiplied in. ``'bfloat16'`` begins with products in bfloat16 and finishes in
        float32, to the same end; it pays where the processor multiplies bfloat16 many times faster.
    on_pass : callable
        Told after every pass how far it is.

    Returns
    -------
    list of SoftmaxFit
        In the order of `Cs`.

    Raises
    ------
    UsageError
        For a C, tolerance or number of steps out of range, arrays that do not fit each other,
        fewer than two classes, or pixels that are not finite numbers.
    UnknownName
        For a precision that there is not.
    """
    flat, Cs = _checked(images, labels, Cs, precision)
    for name, value in (("max_iter", max_iter), ("tol", tol), ("decrease", decrease)):
        if not value > 0:
            raise UsageError(f"{name} = {value}: must be above 0")
    classes, targets = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise UsageError(
            f"all {len(flat)} labels are one class ({classes[0]!r}): give at least two classes"
        )
    dtype = torch.float64 if precision == "float64" else torch.float32
    pixels = Pixels(flat, dtype)
    objective = Objective(pixels, torch.from_numpy(targets), len(classes))
    directions = principal_directions(pixels.sample(SAMPLE))
    metrics = [directions.metric(objective.curvature(), 1 / (C * len(flat))) for C in Cs]
    points = [torch.zeros(pixels.shape[1] + 1, objective.outputs, dtype=dtype) for _ in Cs]
    used = [0] * len(Cs)
    driver = _Driver(objective, Cs, on_pass)
    if precision == "bfloat16":
        coarse = Tolerance(math.inf, COARSE, NOISE["bfloat16"], max_iter)
        starts = [minimise(p, m, coarse) for p, m in zip(points, metrics, strict=True)]
        minima = driver.run(starts, used, torch.bfloat16)
        points, used = [m.point for m in minima], [m.iterations for m in minima]
    noise = NOISE["float64" if dtype == torch.float64 else "float32"]
    ends = [
        minimise(p, m, Tolerance(tol, decrease, noise, max(0, max_iter - done)))
        for p, m, done in zip(points, metrics, used, strict=True)
    ]
    minima = driver.run(ends, used, None)
    return [
        _fit(C, classes, minimum, done, pixels)
        for C, minimum, done in zip(Cs, minima, used, strict=True)
    ]


class _Driver:
    """Lets minimisations that ask for gradients share the passes over the images."""

    def __init__(
        self, objective: Objective, Cs: Sequence[float], on_pass: Callable[[Step], None]
    ) -> None:
        self.objective, self.Cs, self.on_pass = objective, Cs, on_pass
        self.passes = 0

    def run(
        self,
        searches: Sequence[Generator[Question, tuple[float, Tensor], Minimum]],
        used: Sequence[int],
        dtype: torch.dtype | None,
    ) -> list[Minimum]:
        """Answer every question of all searches, one of each at a time."""
        minima: dict[int, Minimum] = {}
        asked = {index: next(search) for index, search in enumerate(searches)}
        while len(minima) < len(searches):
            busy = [index for index in asked if index not in minima]
            answers = self.objective(
                [asked[index].point for index in busy], [self.Cs[index] for index in busy], dtype
            )
            self.passes += 1
            for index, answer in zip(busy, answers, strict=True):
                try:
                    asked[index] = searches[index].send(answer)
                except StopIteration as end:
                    minima[index] = end.value
            self._tell(asked, minima, used, dtype)
        return [minima[index] for index in range(len(searches))]

    def _tell(
        self,
        asked: dict[int, Question],
        minima: dict[int, Minimum],
        used: Sequence[int],
        dtype: torch.dtype | None,
    ) -> None:
        images = self.objective.pixels.shape[0]
        now: list[tuple[int, float, float]] = []
        for index in range(len(self.Cs)):
            if index in minima:
                minimum = minima[index]
                now.append((minimum.iterations, minimum.objective, minimum.slope))
            else:
                question = asked[index]
                now.append((question.iteration, question.objective, question.slope))
        self.on_pass(
            Step(
                self.passes,
                tuple(done + steps for done, (steps, _, _) in zip(used, now, strict=True)),
                tuple(C * images * value for C, (_, value, _) in zip(self.Cs, now, strict=True)),
                tuple(slope for _, _, slope in now),
                str(dtype or self.objective.pixels.dtype).removeprefix("torch."),
            )
        )


def _checked(
    images: NDArray[np.generic],
    labels: NDArray[np.generic],
    Cs: Sequence[float],
    precision: str,
) -> tuple[NDArray[np.generic], list[float]]:
    """Return flat images and the values of C, or say what is wrong with them."""
    if precision not in PRECISIONS:
        raise UnknownName("precision", precision, PRECISIONS)
    values = [float(C) for C in Cs]
    if not values:
        raise UsageError("no C given: name at least one, as [1.0]")
    for C in values:
        if not (0 < C < math.inf):
            raise UsageError(f"C = {C:g}: must be a finite number above 0, as 1.0")
    if images.ndim not in (2, 3) or len(images) == 0:
        raise UsageError(f"images have shape {images.shape}: give (n, H, W) or (n, pixels)")
    if labels.shape != (len(images),):
        raise UsageError(
            f"labels have shape {labels.shape}, images {images.shape}: give one label an image"
        )
    flat = images.reshape(len(images), -1)
    if flat.dtype != np.uint8 and not np.isfinite(flat).all():
        raise UsageError("images hold NaN or infinity: replace those pixels by numbers")
    return flat, values


def _fit(
    C: float, classes: NDArray[np.generic], minimum: Minimum, done: int, pixels: Pixels
) -> SoftmaxFit:
    weights = minimum.point.numpy()
    coef = np.zeros((weights.shape[1], len(pixels.used)), weights.dtype)
    coef[:, pixels.used] = weights[:-1].T
    return SoftmaxFit(
        C=C,
        classes=classes,
        coef=coef,
        intercept=weights[-1].copy(),
        objective=C * pixels.shape[0] * minimum.objective,
        gradient=minimum.slope,
        iterations=done + minimum.iterations,
        converged=minimum.converged,
        backend=pixels.backend,
    )
