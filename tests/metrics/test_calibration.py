"""Confidence against correctness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphlab._common.errors import UsageError
from glyphlab.metrics import calibration


def test_a_model_that_keeps_its_word_and_one_that_does_not() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(size=40_000)
    right = rng.uniform(size=40_000) < sure
    assert calibration(sure, right).error < 0.01
    assert calibration(np.sqrt(sure), right).error == pytest.approx(1 / 6, abs=0.01)  # E[√u] − E[u]
    boastful = calibration(np.ones(1000), np.arange(1000) % 4 == 0)
    assert boastful.error == pytest.approx(0.75)
    assert boastful.brier == pytest.approx(0.75)


def by_hand(sure: list[float], right: list[bool], bins: int) -> float:
    order = sorted(range(len(sure)), key=lambda n: (sure[n], n))
    total, at = 0.0, 0
    size, extra = divmod(len(order), bins)
    for number in range(bins):
        part = order[at : at + size + (number < extra)]
        at += len(part)
        total += abs(sum(sure[n] for n in part) - sum(right[n] for n in part))
    return total / len(sure)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=3, max_size=60))
def test_the_error_is_the_mean_distance_over_even_bins(answers: list[tuple[float, bool]]) -> None:
    sure, right = map(list, zip(*answers, strict=True))
    found = calibration(sure, right, bins=3)
    assert found.error == pytest.approx(by_hand(sure, right, 3), abs=1e-9)
    assert sum(one.count for one in found.bins) == len(sure)
    for one in found.bins:
        assert 0 <= one.low <= one.accuracy + 1e-12
        assert one.accuracy - 1e-12 <= one.high <= 1


@pytest.mark.parametrize(
    ("sure", "right", "said"),
    [
        ([], [], "not empty"),
        ([0.5], [True, False], "two lists of one length"),
        ([1.5], [True], "no probability"),
        ([float("nan")], [True], "no probability"),
    ],
)
def test_what_cannot_be_calibrated(sure: list[float], right: list[bool], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        calibration(sure, right)


def test_a_perfectly_calibrated_model_shows_the_error_that_chance_gives() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(60):
        sure = rng.beta(8, 1, 2000)
        found.append(calibration(sure, rng.random(2000) < sure))
    errors = np.array([one.error for one in found])
    assert errors.mean() == pytest.approx(np.mean([one.chance for one in found]), rel=0.08)
    assert (errors > [one.chance_high for one in found]).mean() <= 0.15
    worse = calibration(np.ones(2000), np.arange(2000) % 10 > 0)
    assert worse.chance == worse.chance_high == 0
    assert worse.error == pytest.approx(0.1)


def test_answers_that_share_glyphs_have_wider_bins_and_a_higher_chance_error() -> None:
    rng = np.random.default_rng(2)
    said = rng.beta(8, 1, 300)
    right = rng.random(300) < said
    ids = np.repeat(np.arange(300), 8)
    plain = calibration(said[ids], right[ids], bins=5)
    known = calibration(said[ids], right[ids], bins=5, glyphs=ids)
    assert (plain.glyphs, known.glyphs) == (None, 300)
    assert known.error == plain.error
    assert known.chance > 2 * plain.chance
    assert plain.error > 1.5 * plain.chance_high  # would be called badly calibrated
    assert known.chance_high > 2 * plain.chance_high
    for one, other in zip(plain.bins, known.bins, strict=True):
        assert other.design_effect == pytest.approx(8)
        assert other.high - other.low > 1.8 * (one.high - one.low)
    unknown = calibration(said[ids], right[ids], bins=5, glyphs=np.full(len(ids), -1))
    assert unknown == plain
