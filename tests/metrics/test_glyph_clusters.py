"""Variance over images that share glyphs, against sums over every pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.metrics import clusters_of, compare_pair, glyph_clusters, mean_interval
from glyphlab.metrics.glyph_clusters import spread


def by_pairs(values: NDArray[Any], glyphs: NDArray[Any]) -> float:
    """The sum over all pairs of images that share a glyph, each pair once."""
    apart = values - values.mean()
    n = len(values)
    total = sum(
        apart[i] * apart[j]
        for i in range(n)
        for j in range(n)
        if i == j or set(glyphs[i].tolist()) & set(glyphs[j].tolist())
    )
    return max(float(total), float(apart @ apart)) / n**2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 5), st.integers(1, 30))
def test_as_the_sum_over_every_pair(seed: int, items: int, width: int, glyphs: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, glyphs, (items, width)) * 7
    values = rng.normal(size=(3, 2, items))
    clusters = clusters_of(ids, items)
    assert clusters is not None
    clustered, plain = spread(values, clusters)
    for place in np.ndindex(3, 2):
        assert clustered[place] == pytest.approx(by_pairs(values[place], ids), abs=1e-12)
    assert (clustered >= plain).all()
    assert clusters.distinct == len(np.unique(ids))
    shown = [set(row) for row in ids.tolist()]
    partners = sum(bool(a & b) for a in shown for b in shown) - items
    assert clusters.partners == pytest.approx(partners / items)


def test_pairs_are_counted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    ids, values = rng.integers(0, 9, (50, 3)), rng.normal(size=50)
    whole = spread(values, clusters_of(ids, 50))[0]
    monkeypatch.setattr(glyph_clusters, "ROWS_AT_ONCE", 7)
    assert spread(values, clusters_of(ids, 50))[0] == pytest.approx(whole)


def test_with_too_many_pairs_each_shared_glyph_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = np.array([[0, 1], [0, 1], [2, 3], [4, 5]])
    values = np.array([1.0, 1.0, -1.0, -1.0])
    assert spread(values, clusters_of(ids, 4))[0] == pytest.approx((4 + 2) / 16)
    monkeypatch.setattr(glyph_clusters, "MOST_PAIRS", 1)
    assert spread(values, clusters_of(ids, 4))[0] == pytest.approx((4 + 4) / 16)


def test_glyphs_that_are_used_once_change_nothing() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.random((3, 300)) < 0.9, rng.random((3, 300)) < 0.95
    ids = np.arange(600).reshape(300, 2)
    plain, known = compare_pair(a, b), compare_pair(a, b, ids)
    assert (plain.glyphs, known.glyphs) == (None, 600)
    assert known.p == pytest.approx(plain.p)
    assert known.design_effect == pytest.approx(1)
    assert mean_interval(a, ids).low == pytest.approx(mean_interval(a).low)
    assert mean_interval(a).items_assumed_independent
    assert plain.items_assumed_independent
    assert not known.items_assumed_independent


def test_every_image_twice_is_no_more_than_once() -> None:
    rng = np.random.default_rng(1)
    once = rng.random((3, 1000)) < 0.9
    twice = np.repeat(once, 2, axis=1)
    ids = np.repeat(np.arange(1000), 2)
    single, double = mean_interval(once), mean_interval(twice, ids)
    assert double.design_effect == pytest.approx(2)
    assert double.high - double.low == pytest.approx(single.high - single.low, rel=0.01)
    naive = mean_interval(twice)
    assert naive.high - naive.low < 0.8 * (single.high - single.low)


def test_unknown_glyphs_are_shown_nowhere_else() -> None:
    values = np.random.default_rng(2).normal(size=6)
    ids = np.array([[0, 1], [0, -1], [-1, -1], [2, -1], [3, 4], [5, 6]])
    alone = np.array([[0, 1], [0, 90], [91, 92], [2, 93], [3, 4], [5, 6]])
    assert spread(values, clusters_of(ids, 6))[0] == pytest.approx(by_pairs(values, alone))
    assert clusters_of(np.full((6, 3), -1), 6) is None


@pytest.mark.parametrize(
    ("glyphs", "said"),
    [
        (np.zeros((4, 2)), "expected whole numbers"),
        (np.zeros((5, 2), np.int64), r"\(4, k\)"),
        (np.zeros((4, 2, 2), np.int64), r"\(4, k\)"),
        (clusters_of(np.arange(5), 5), "the same items"),
    ],
)
def test_what_are_no_glyphs_is_said(glyphs: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        mean_interval(np.ones((2, 4), bool), glyphs)
