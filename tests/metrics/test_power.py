"""The difference that is foretold to be detected, and the one that is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import UsageError
from glyphlab.metrics import compare_pair, plan, unseen_failure_rate


def detect(gap: float, seeds: int, sd: float, items: float, draws: int = 4000) -> float:
    """Power of a t test on means of normal seeds where items do not matter."""
    rng = np.random.default_rng(0)
    a = rng.normal(gap, sd, (draws, seeds))
    b = rng.normal(0, sd, (draws, seeds))
    error = np.sqrt((a.var(1, ddof=1) + b.var(1, ddof=1)) / seeds + items)
    from scipy import stats

    welch = np.floor(
        (a.var(1, ddof=1) + b.var(1, ddof=1)) ** 2
        / ((a.var(1, ddof=1) ** 2 + b.var(1, ddof=1) ** 2) / (seeds - 1))
    ).clip(seeds - 1)
    p = 2 * stats.t.sf(np.abs(a.mean(1) - b.mean(1)) / error, welch)
    return float((p < 0.05).mean())


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_where_only_seeds_matter_it_is_that_of_welch(seeds: int) -> None:
    found = plan(0.5, seeds, 10**9, seed_sd=0.01).detectable  # p (1 - p) is flat here
    assert detect(found, seeds, 0.01, 0.0) == pytest.approx(0.8, abs=0.03)


def test_where_only_items_matter_it_is_that_of_a_normal_test() -> None:
    found = plan(
        0.9, 10, 10_000, seed_sd=0, agreement=1, agreement_across=0.5
    ).detectable  # seeds are all alike
    error = np.sqrt(2 * 0.09 * 0.5 / 10_000)
    assert found == pytest.approx((1.96 + 0.84) * error, rel=0.03)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 0.999), st.integers(2, 10), st.floats(0, 0.02))
def test_more_detects_less(accuracy: float, seeds: int, sd: float) -> None:
    base = plan(accuracy, seeds, 2000, seed_sd=sd)
    assert plan(accuracy, seeds + 1, 2000, seed_sd=sd).detectable <= base.detectable * 1.02
    assert plan(accuracy, seeds, 20_000, seed_sd=sd).detectable <= base.detectable * 1.02
    assert plan(accuracy, seeds, 2000, seed_sd=sd, models=4).detectable >= base.detectable
    assert plan(accuracy, seeds, 2000, seed_sd=sd, power=0.9).detectable >= base.detectable


def test_shared_glyphs_make_it_larger() -> None:
    ids = np.random.default_rng(0).integers(0, 1000, (2000, 3))  # used six times
    shared = plan(0.99, 3, 2000, seed_sd=0.0005, glyphs=ids)
    alone = plan(0.99, 3, 2000, seed_sd=0.0005)
    assert shared.glyphs == len(np.unique(ids))
    assert alone.glyphs is None
    assert 5 < shared.design_effect < 8
    assert alone.design_effect == 1
    assert 1.8 < shared.detectable / alone.detectable < 2.8


def test_after_the_fact_it_is_near_what_was_planned() -> None:
    rng = np.random.default_rng(5)
    found = []
    for _ in range(40):
        luck = rng.normal(0, 0.01, (2, 5, 1))
        hard = rng.beta(0.1, 0.9, 3000)
        a, b = rng.random((2, 5, 3000)) >= hard + luck
        found.append(compare_pair(a, b).detectable)
    planned = plan(0.9, 5, 3000, seed_sd=0.01, agreement=0.5, agreement_across=0.5).detectable
    assert np.median(found) == pytest.approx(planned, rel=0.25)


def test_what_none_of_n_seeds_rules_out() -> None:
    assert unseen_failure_rate(3) == pytest.approx(0.632, abs=0.001)
    assert unseen_failure_rate(1) == pytest.approx(0.95)
    for seeds in (1, 4, 20):
        assert (1 - unseen_failure_rate(seeds)) ** seeds == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: plan(1.0, 3, 100, seed_sd=0), "accuracy is 1.0"),
        (lambda: plan(0.9, 3, 100, seed_sd=0, power=1), "power is 1"),
        (lambda: plan(0.9, 1, 100, seed_sd=0), "one seed"),
        (lambda: plan(0.9, 3, 100, seed_sd=-1), "negative"),
        (lambda: plan(0.9, 3, 100, seed_sd=0, agreement=0.2), "no more across than within"),
        (lambda: unseen_failure_rate(0), "at least one"),
    ],
)
def test_what_cannot_be_planned(call: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call()


def test_what_is_detected_does_not_depend_on_which_model_is_first() -> None:
    rng = np.random.default_rng(5)
    one = rng.random((2, 400)) < np.array([[0.97], [0.99]])
    other = rng.random((2, 400)) < 0.98
    assert compare_pair(one, other).detectable == compare_pair(other, one).detectable
