"""Distances and neighbourhoods of samples against oracles, closed forms and a reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.metrics.generation import (
    class_kl,
    frechet_distance,
    kernel_distance,
    modes_found,
    nearest_rows,
    neighbourhoods,
)

RNG = np.random.default_rng(7)
REAL = RNG.normal(size=(300, 6))
MADE = RNG.normal(size=(260, 6)) * 1.3 + 0.4


def test_as_the_reference_implementation_counts() -> None:
    """torch-fidelity 0.4.0 on the same arrays; its precision names the made ones first."""
    assert frechet_distance(REAL, MADE) == pytest.approx(2.035473030706653, rel=1e-12)
    found = neighbourhoods(MADE, REAL, neighbours=3)
    assert found.precision == pytest.approx(0.9633333333, abs=1e-6)
    assert found.recall == pytest.approx(0.6384615385, abs=1e-6)
    kernel = kernel_distance(REAL, MADE, size=200, subsets=200)
    assert kernel.mean == pytest.approx(1.4670903714864938, abs=3 * kernel.spread / 200**0.5 + 0.02)
    assert kernel.spread == pytest.approx(0.143, rel=0.2)


def test_of_two_lines_the_distance_is_known() -> None:
    """One dimension: the squared difference of means, and of standard deviations."""
    first = RNG.normal(2.0, 3.0, (4_000, 1))
    second = RNG.normal(-1.0, 1.0, (5_000, 1))
    expected = (first.mean() - second.mean()) ** 2 + (first.std(ddof=1) - second.std(ddof=1)) ** 2
    assert frechet_distance(first, second) == pytest.approx(expected, rel=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_a_distance_is_no_less_than_nothing_and_the_same_both_ways(seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = rng.normal(size=(40, width)), rng.normal(size=(30, width)) * 2
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(one, two) >= -1e-9
    assert frechet_distance(one, two) == pytest.approx(frechet_distance(two, one), rel=1e-6)


def test_kernel_distance_against_two_loops() -> None:
    x, y = REAL[:30], MADE[:30]
    found = kernel_distance(x, y, size=30, subsets=3)

    def k(a: NDArray[Any], b: NDArray[Any]) -> float:
        return float((a @ b / 6 + 1) ** 3)

    within = [
        sum(k(z[i], z[j]) for i in range(30) for j in range(30) if i != j) / (30 * 29)
        for z in (x, y)
    ]
    across = sum(k(a, b) for a in x for b in y) / 900
    assert found.mean == pytest.approx(sum(within) - 2 * across, rel=1e-9)
    assert found.spread == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("neighbours", [1, 4])
def test_neighbourhoods_against_loops(neighbours: int) -> None:
    real, made = REAL[:60].astype(np.float32), MADE[:50].astype(np.float32)

    def apart(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.linalg.norm(a[:, None] - b, axis=2))

    reach_real = np.sort(apart(real, real), 1)[:, neighbours]
    reach_made = np.sort(apart(made, made), 1)[:, neighbours]
    between = apart(real, made)
    found = neighbourhoods(real, made, neighbours=neighbours)
    inside = between < reach_real[:, None]
    assert found.precision == pytest.approx(inside.any(0).mean())
    assert found.density == pytest.approx(inside.sum() / (neighbours * 50))
    assert found.coverage == pytest.approx((between.min(1) < reach_real).mean())
    assert found.recall == pytest.approx((between < reach_made).any(1).mean())


def test_two_samples_of_one_distribution() -> None:
    rng = np.random.default_rng(0)
    found = neighbourhoods(rng.normal(size=(2_500, 8)), rng.normal(size=(2_500, 8)))
    assert found.coverage == pytest.approx(0.97, abs=0.015)
    assert found.density == pytest.approx(1, abs=0.05)


def test_one_point_covers_nothing() -> None:
    same = np.repeat(REAL[:1], 300, 0) + RNG.normal(size=(300, 6)) * 1e-3
    found = neighbourhoods(REAL, same)
    assert found.precision == 1
    assert found.coverage < 0.1
    assert found.recall == pytest.approx(0, abs=0.01)


def test_nearest_rows() -> None:
    index, apart = nearest_rows(REAL[:5] + 1e-3, REAL)
    assert index.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(apart, 1e-3 * 6**0.5, rtol=0.15)


def test_class_kl() -> None:
    assert class_kl(np.array([5, 5, 5])) == 0
    assert class_kl(np.array([10, 0])) == pytest.approx(np.log(2))
    assert class_kl(np.array([3, 1]), np.array([0.75, 0.25])) == pytest.approx(0)
    assert modes_found(np.array([3, 0, 1])) == 2
    rng = np.random.default_rng(1)
    drawn = np.bincount(rng.integers(0, 1_000, 26_000), minlength=1_000)
    assert class_kl(drawn) == pytest.approx(999 / 52_000, rel=0.15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: frechet_distance(REAL, MADE[:, :2]), r"expected \(n, d\) and \(m, d\)"),
        (lambda: frechet_distance(REAL[:1], MADE), "at least two rows"),
        (lambda: frechet_distance(REAL, np.full((3, 6), np.nan)), "no finite number"),
        (lambda: kernel_distance(REAL, MADE, size=261), "expected 2 to 260"),
        (lambda: neighbourhoods(REAL, MADE, neighbours=260), "expected 1 to 259"),
        (lambda: class_kl(np.zeros(3, np.int64)), "no samples"),
        (lambda: class_kl(np.array([1, 1]), np.array([1.0, 0.0])), "should have none"),
    ],
)
def test_what_cannot_be_counted(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
