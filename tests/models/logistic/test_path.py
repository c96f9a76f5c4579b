"""Logistic regression for several C at once, held against scikit-learn and against itself."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from glyphlab._common.errors import TrainingDiverged, UnknownName, UsageError
from glyphlab.models.logistic import Step, fit_path
from glyphlab.models.logistic.lbfgs import Minimum, Tolerance, minimise

pytestmark = pytest.mark.usefixtures("one_thread")

DIGITS = load_digits()
IMAGES = (DIGITS.images * 15).astype(np.uint8)[:400]
LABELS = DIGITS.target[:400]
CS = (0.03, 1.0, 30.0)
TIGHT: dict[str, Any] = {"tol": 1e-6, "decrease": 1e-9, "precision": "float64"}


def objective(coef: Any, intercept: Any, C: float, labels: Any = LABELS) -> float:
    """Return scikit-learn's objective, written out."""
    logits = IMAGES.reshape(len(IMAGES), -1) / 255.0 @ np.asarray(coef, np.float64).T + intercept
    if logits.shape[1] == 1:
        logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
    picked = logits[np.arange(len(labels)), np.unique(labels, return_inverse=True)[1]]
    losses = np.logaddexp.reduce(logits, axis=1) - picked
    return float(0.5 * (np.asarray(coef, np.float64) ** 2).sum() + C * losses.sum())


def theirs(C: float, labels: NDArray[Any] = LABELS) -> Any:
    model = LogisticRegression(C=C, tol=1e-7, max_iter=5000)
    return model.fit(IMAGES.reshape(len(IMAGES), -1) / 255.0, labels)


@pytest.mark.parametrize("labels", [LABELS, LABELS % 2], ids=["ten classes", "two classes"])
def test_same_optimum_as_scikit_learn(labels: NDArray[Any]) -> None:
    for fit in fit_path(IMAGES, labels, CS, **TIGHT):
        reference = theirs(fit.C, labels)
        best = objective(reference.coef_, reference.intercept_, fit.C, labels)
        assert fit.converged
        assert fit.coef.shape == reference.coef_.shape
        assert fit.objective == pytest.approx(best, rel=1e-6)
        assert fit.objective == pytest.approx(
            objective(fit.coef, fit.intercept, fit.C, labels), rel=1e-9
        )
        np.testing.assert_allclose(fit.coef, reference.coef_, atol=5e-3 * max(1, fit.C**0.5))
        spread = fit.intercept - fit.intercept.mean() - reference.intercept_
        assert np.abs(spread + reference.intercept_.mean()).max() < 0.1


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_other_precisions_end_at_the_same_objective(precision: str) -> None:
    exact = fit_path(IMAGES, LABELS, CS, **TIGHT)
    rough = fit_path(IMAGES, LABELS, CS, tol=1e-5, decrease=1e-6, precision=precision)
    for one, other in zip(rough, exact, strict=True):
        assert one.converged
        assert one.objective == pytest.approx(other.objective, rel=1e-4)
        assert one.coef.dtype == np.float32


def test_defaults_are_within_a_thousandth() -> None:
    exact = fit_path(IMAGES, LABELS, CS, **TIGHT)
    for one, other in zip(fit_path(IMAGES, LABELS, CS), exact, strict=True):
        assert one.objective <= other.objective * 1.001


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_alone_or_together(precision: str) -> None:
    """The same way down while rounding has not led apart, the same objective at the end."""
    begun = fit_path(IMAGES, LABELS, CS, precision=precision, max_iter=8)
    ended = fit_path(IMAGES, LABELS, CS, precision=precision)
    for start, end in zip(begun, ended, strict=True):
        (alone,) = fit_path(IMAGES, LABELS, [start.C], precision=precision, max_iter=8)
        np.testing.assert_allclose(
            alone.coef, start.coef, atol=2e-3 * float(np.abs(start.coef).max())
        )
        assert alone.iterations == start.iterations
        (alone,) = fit_path(IMAGES, LABELS, [end.C], precision=precision)
        assert alone.objective == pytest.approx(end.objective, rel=1e-3)


def test_the_same_twice_and_for_any_number_of_threads() -> None:
    threads = torch.get_num_threads()
    ink = IMAGES * (np.random.default_rng(0).random(IMAGES.shape) < 0.2)
    fits = []
    for number in (1, 1, 2):
        torch.set_num_threads(number)
        fits.append(fit_path(ink, LABELS, [1.0], max_iter=10)[0])
    torch.set_num_threads(threads)
    np.testing.assert_array_equal(fits[0].coef, fits[1].coef)
    np.testing.assert_allclose(fits[0].coef, fits[2].coef, atol=1e-4)


def test_unused_pixels_have_no_weight_and_change_nothing() -> None:
    wide = np.zeros((400, 12, 8), np.uint8)
    wide[:, 2:10] = IMAGES
    (fit,) = fit_path(wide, LABELS, [1.0])
    weights = fit.coef.reshape(10, 12, 8)
    assert not weights[:, :2].any()
    assert not weights[:, 10:].any()
    (plain,) = fit_path(IMAGES, LABELS, [1.0])
    np.testing.assert_allclose(weights[:, 2:10].reshape(10, -1), plain.coef, atol=1e-5)


def test_images_without_ink_leave_the_shares() -> None:
    labels = np.repeat(["a", "b", "c"], [10, 20, 30])
    (fit,) = fit_path(np.zeros((60, 4, 4), np.uint8), labels, [1.0], **TIGHT)
    assert not fit.coef.any()
    shares = np.exp(fit.intercept) / np.exp(fit.intercept).sum()
    np.testing.assert_allclose(shares, [1 / 6, 1 / 3, 1 / 2], atol=1e-5)
    assert fit.classes.tolist() == ["a", "b", "c"]


def test_progress_tells_every_pass() -> None:
    steps: list[Step] = []
    fits = fit_path(IMAGES, LABELS, CS, precision="bfloat16", on_pass=steps.append)
    assert [step.passes for step in steps] == list(range(1, len(steps) + 1))
    assert {step.precision for step in steps} == {"bfloat16", "float32"}
    last = steps[-1]
    assert last.iterations == tuple(fit.iterations for fit in fits)
    assert last.objectives == pytest.approx([fit.objective for fit in fits])
    assert last.gradients == tuple(fit.gradient for fit in fits)
    for index in range(len(CS)):
        counts = [step.iterations[index] for step in steps]
        assert counts == sorted(counts)
        exact = [step.objectives[index] for step in steps if step.precision == "float32"][1:]
        assert all(b <= a * (1 + 1e-5) for a, b in itertools.pairwise(exact))
    # sharing: far fewer passes than steps
    assert last.passes < 0.8 * sum(last.iterations)


def test_too_few_iterations_are_said() -> None:
    (fit,) = fit_path(IMAGES, LABELS, [1.0], max_iter=2)
    assert (fit.converged, fit.iterations) == (False, 2)
    (fit,) = fit_path(IMAGES, LABELS, [1.0], max_iter=2, precision="bfloat16")
    assert fit.iterations <= 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Cs": [1.0, 0.0]}, r"^C = 0: must be a finite number above 0, as 1\.0$"),
        ({"Cs": [-1.0]}, "C = -1: must"),
        ({"Cs": [math.inf]}, "C = inf: must"),
        ({"Cs": [math.nan]}, "C = nan: must"),
        ({"Cs": []}, "no C given"),
        ({"labels": np.zeros(400)}, "all 400 labels are one class"),
        ({"labels": LABELS[:5]}, r"labels have shape \(5,\)"),
        ({"images": np.full((400, 3), np.nan)}, "NaN or infinity"),
        ({"images": np.zeros(400)}, r"shape \(400,\)"),
        ({"tol": 0.0}, "tol = 0.0: must be above 0"),
        ({"max_iter": 0}, "max_iter = 0"),
        ({"decrease": -1.0}, "decrease = -1.0"),
    ],
)
def test_what_cannot_be_meant(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        fit_path(**{"images": IMAGES, "labels": LABELS, "Cs": [1.0], **change})


def test_unknown_precision() -> None:
    with pytest.raises(UnknownName, match="did you mean 'float32'"):
        fit_path(IMAGES, LABELS, [1.0], precision="float23")


def answered(search: Any, function: Any) -> Minimum:
    """Answer a minimisation's questions until it ends."""
    question = next(search)
    while True:
        try:
            question = search.send(function(question.point))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.floats(0, 4), st.integers(1, 12))
def test_minimise_finds_the_minimum_of_any_bowl(seed: int, spread: float, size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    basis = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64)).Q
    hessian = basis @ torch.diag(torch.logspace(0, -spread, size, dtype=torch.float64)) @ basis.T
    hessian = (hessian + hessian.T) / 2
    goal = torch.randn(size, 1, generator=generator, dtype=torch.float64)
    tolerance = Tolerance(gradient=1e-9, decrease=1.0, noise=0.0, iterations=2000)

    def bowl(point: torch.Tensor) -> tuple[float, torch.Tensor]:
        away = point - goal
        return float(0.5 * (away.T @ hessian @ away)), hessian @ away

    found = answered(minimise(torch.zeros_like(goal), torch.clone, tolerance), bowl)
    assert found.converged
    assert float((hessian @ (found.point - goal)).abs().max()) < 1e-6


def test_minimise_refuses_what_is_no_number() -> None:
    search = minimise(torch.zeros(3), lambda g: g, Tolerance(1e-4, 1e-4, 0.0, 10))
    next(search)
    with pytest.raises(TrainingDiverged, match="not a number"):
        search.send((math.nan, torch.zeros(3)))


def test_minimise_gives_up_where_nothing_is_lower() -> None:
    """A gradient that lies: every step climbs."""
    search = minimise(torch.zeros(1), torch.clone, Tolerance(1e-4, 1e-4, 0.0, 10))
    found = answered(search, lambda point: (float(point.abs().sum()), torch.ones(1)))
    assert float(found.point) == 0
