"""The interval of a mean of shares, one an item."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.metrics import mean_interval, share_interval

RNG = np.random.default_rng(4)


def test_of_right_and_wrong_it_is_that_of_a_mean() -> None:
    correct = RNG.random(500) < 0.9
    mean, low, high = share_interval(correct.astype(float))
    other = mean_interval(correct[None])
    assert mean == pytest.approx(other.mean)
    assert low == pytest.approx(other.low, abs=2e-4)
    assert high == pytest.approx(other.high, abs=2e-4)


def test_it_covers_as_often_as_it_says() -> None:
    inside = 0
    for _ in range(400):
        ability = RNG.beta(8, 2, 120)
        shares = RNG.binomial(30, ability) / 30
        _, low, high = share_interval(shares)
        inside += low <= 0.8 <= high
    assert 0.92 <= inside / 400 <= 0.99


def test_items_that_share_glyphs_count_together() -> None:
    shares = np.repeat(RNG.random(50), 4)
    glyphs = np.repeat(np.arange(50), 4)[:, None]
    apart, together = share_interval(shares), share_interval(shares, glyphs)
    assert together[2] - together[1] > 1.6 * (apart[2] - apart[1])


def test_at_the_ends_it_still_has_a_width() -> None:
    for end in (0.0, 1.0):
        mean, low, high = share_interval(np.full(40, end))
        assert mean == end
        assert 0 <= low <= end <= high <= 1
        assert high > low


@pytest.mark.parametrize("shares", [[0.5], [0.5, 1.2], [-0.1, 0.2], [[0.1, 0.2]], [0.1, np.nan]])
def test_what_are_no_shares(shares: object) -> None:
    with pytest.raises(UsageError, match="found shares of shape"):
        share_interval(shares)  # type: ignore[arg-type]
