"""How rare a value is: the logarithm of a share, and an exponential beyond what was seen."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab.training.evaluation.novelty.rarity import Rarity

RNG = np.random.default_rng(5)


def test_it_is_the_logarithm_of_the_share_that_exceeds() -> None:
    values = RNG.random(4000)
    found = Rarity.among(values)
    np.testing.assert_allclose(found.of([0.5, 0.8, 0.9]), -np.log([0.5, 0.2, 0.1]), atol=0.12)
    shares = np.exp(-found.of(RNG.random(4000)))
    assert abs((shares < 0.03).mean() - 0.03) < 0.012


def test_beyond_all_it_goes_on_as_an_exponential() -> None:
    values = RNG.exponential(size=20_000)
    np.testing.assert_allclose(Rarity.among(values).of([5.0, 8.0, 20.0]), [5, 8, 20], rtol=0.06)


def test_it_never_falls() -> None:
    for values in (RNG.normal(size=50), np.repeat([0.0, 1.0], [90, 10]), np.zeros(30), [3.0]):
        found = Rarity.among(values).of(np.linspace(-5, 12, 500))
        assert np.isfinite(found).all()
        assert (np.diff(found) >= -1e-9).all()
        assert found.min() >= 0


def test_what_nearly_all_share_is_not_rare() -> None:
    found = Rarity.among(np.repeat([0.0, 4.0], [980, 20]))
    assert found.of([0.0])[0] == 0
    assert found.of([4.0])[0] > 3
    assert Rarity.among(np.zeros(30)).of([0.0]) == pytest.approx(0)
