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
