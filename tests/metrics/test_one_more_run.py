"""Reported numbers beside the interval of one more run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import UsageError
from glyphlab.metrics import one_more_run, one_more_value


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(2, 60), st.floats(0, 1), st.booleans())
def test_it_holds_its_mean_and_stays_in_range(
    seed: int, seeds: int, items: int, share: float, same: bool
) -> None:
    rng = np.random.default_rng(seed)
    found = one_more_run(
        rng.random((seeds, items)) < share, rng.integers(0, 20, (items, 2)), same_items=same
    )
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.low < found.high


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_one_more_run_of_ours_is_rarely_called_different(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    wrong = 0
    for _ in range(400):
        luck = rng.normal(0.0, 0.004, (seeds + 1, 1))
        hard = rng.beta(0.02, 0.8, 1500)
        runs = rng.random((seeds + 1, 1500)) >= hard + luck
        found = one_more_run(runs[:-1])
        wrong += not found.low <= runs[-1].mean() <= found.high
    assert wrong / 400 <= 0.08


def test_the_mean_alone_would_be_called_different_often() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(0.97, 0.004, (400, 11))
    outside = [
        abs(row[-1] - row[:-1].mean()) > 2.26 * row[:-1].std(ddof=1) / 10**0.5 for row in values
    ]
    assert np.mean(outside) > 0.4
    found = [one_more_value(row[:-1]) for row in values]
    missed = [not a.low <= row[-1] <= a.high for a, row in zip(found, values, strict=True)]
    assert np.mean(missed) < 0.08


def test_other_items_are_wider_and_shared_glyphs_wider_still() -> None:
    rng = np.random.default_rng(1)
    hard = rng.random(200) < 0.2
    ids = np.repeat(np.arange(200), 10)
    runs = (rng.random((3, 2000)) < 0.97) & ~hard[ids]
    same, other = one_more_run(runs), one_more_run(runs, same_items=False)
    shared = one_more_run(runs, ids, same_items=False)
    assert other.high - other.low > 1.1 * (same.high - same.low)
    assert shared.high - shared.low > 1.5 * (other.high - other.low)
    assert shared.glyphs == 200
    assert shared.design_effect > 5


def test_a_deterministic_fit_varies_with_items_only() -> None:
    row = np.random.default_rng(2).random((1, 2000)) < 0.9
    found = one_more_run(row, same_items=False, deterministic=True)
    assert found.covers == "other items"
    error = np.sqrt(2 * 0.09 / 2000)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)


def test_ranges_of_values_are_kept() -> None:
    losses = one_more_value([0.02, 0.2, 0.05], least=0)
    assert 0 < losses.low < 0.02
    assert losses.high > 1
    shares = one_more_value([0.99, 1.0, 0.9], least=0, most=1)
    assert 0 <= shares.low < 0.9
    assert 1 >= shares.high > 0.99
    assert one_more_value([0.0, 0.1], least=0).low == 0
    plain = one_more_value([1.0, 2.0, 3.0])
    assert plain.high - plain.mean == pytest.approx(4.3027 * np.sqrt(4 / 3), rel=1e-4)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: one_more_run(np.ones((1, 5), bool)), "found one seed"),
        (lambda: one_more_run(np.ones((1, 5), bool), deterministic=True), "deterministic"),
        (lambda: one_more_value([1.0]), "at least two"),
        (lambda: one_more_value([1.0, -1.0], least=0), "expected finite numbers"),
        (lambda: one_more_value([1.0, float("nan")]), "expected finite numbers"),
    ],
)
def test_what_cannot_be_said(call: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call()
