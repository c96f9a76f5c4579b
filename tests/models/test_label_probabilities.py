"""Probabilities of positions and labels, held to sums over every reading."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.models.strategies import Aligned, MultiHead, Sequential, Sliced, Whole
from glyphlab.models.strategies.label_probabilities import (
    at_positions,
    derived_shares,
    every_label,
    probability_of_labels,
)
from glyphlab.models.strategies.marginal import MarginalLikelihood
from glyphlab.tasks import Scene, preset

CLASSES = 4


def rows(images: int, heads: int, classes: int = CLASSES) -> np.ndarray:
    drawn = np.random.default_rng(0).dirichlet(np.ones(classes), (images, heads))
    return drawn.astype(np.float32)


def by_reading(symbols: np.ndarray, of: object) -> dict[int, float]:
    """Return every label that symbols ``(k, classes)`` give, reading by reading."""
    found: dict[int, float] = {}
    for reading in itertools.product(range(symbols.shape[1]), repeat=len(symbols)):
        share = np.prod([symbols[k, one] for k, one in enumerate(reading)])
        label = of(reading)  # type: ignore[operator]
        found[label] = found.get(label, 0.0) + float(share)
    return found


@pytest.mark.parametrize("kind", [MultiHead, Aligned, Sliced])
def test_positions_of_models_that_read_symbols(kind: type) -> None:
    strategy = kind(3, CLASSES)
    parts = strategy.grid[1]
    given = rows(2 * parts, 3 // parts)
    found = at_positions(strategy, given, CLASSES)
    assert found is not None
    assert np.array_equal(found, given.reshape(2, 3, CLASSES))
    labels = np.array([[0, 1, 2], [3, 3, 3]])
    expected = [np.prod([found[n, k, labels[n, k]] for k in range(3)]) for n in range(2)]
    assert np.allclose(probability_of_labels(strategy, given, labels, CLASSES), expected)
    assert every_label(strategy, None, given[:parts], CLASSES) is None


def test_positions_of_whole_labels_are_sums() -> None:
    strategy = Whole(((0, 1), (0, 2), (3, 1)))
    given = np.array([[[0.5, 0.2, 0.3]]], np.float32)
    found = at_positions(strategy, given, CLASSES)
    assert found is not None
    assert np.allclose(found, [[[0.7, 0, 0, 0.3], [0, 0.8, 0.2, 0]]])
    every = every_label(strategy, None, given, CLASSES)
    assert every is not None
    assert [one.label for one in every] == [(0, 1), (0, 2), (3, 1)]
    asked = probability_of_labels(strategy, given[[0, 0]], np.array([[0, 2], [2, 2]]), CLASSES)
    assert np.allclose(asked, [0.2, 0])
    sums = Whole(((0,), (17,)))
    assert at_positions(sums, np.ones((1, 1, 2), np.float32) / 2, 10) is None


@pytest.mark.parametrize("name", ["addition", "product", "difference"])
def test_derived_labels_are_summed_over_readings(name: str) -> None:
    scene = preset(name)
    ways = {"addition": lambda r: r[0] + r[1], "product": lambda r: r[0] * r[1],
            "difference": lambda r: r[0] - r[1]}  # fmt: skip
    given = rows(1, 2, 10)
    expected = by_reading(given[0], ways[name])
    strategies = [
        (MarginalLikelihood(scene, 10), given),
        (Sequential(2, 10, scene=scene), given.reshape(2, 1, 10)),
    ]
    for strategy, probabilities in strategies:
        every = every_label(strategy, scene, probabilities, 10)
        assert every is not None
        assert [one.label for one in every] == [(label,) for label in sorted(expected)]
        assert np.allclose([one.probability for one in every],
                           [expected[label] for label in sorted(expected)], atol=1e-6)  # fmt: skip
        for label in (0, 3, 9):
            found = probability_of_labels(strategy, probabilities, np.array([[label]]), 10)
            assert found[0] == pytest.approx(expected.get(label, 0), abs=1e-5)


def test_too_many_readings() -> None:
    assert derived_shares(np.ones((6, 10)) / 10, "sum") is None
    long = Scene.in_grid("long", 1, 40, rule="product", digits=20)
    strategy = Sequential(40, 10, scene=long)
    given = np.full((40, 1, 10), 0.1, np.float32)
    with pytest.raises(UsageError, match="product of too many symbols"):
        probability_of_labels(strategy, given, np.array([[1]], object), 10)
