"""Figures of generated samples at equal sizes, near duplicates, and collapse inside classes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.metrics.generation import frechet_distance, neighbourhoods
from glyphlab.metrics.generator_quality import generator_figures, within_class
from glyphlab.metrics.neighbourhoods import near_duplicates, nearest_rows

Floats = NDArray[np.float64]


def samples(seed: int, count: int, classes: int = 10, width: int = 16) -> tuple[Floats, Floats]:
    """Samples in classes that lie apart, equally many of each, and their classes."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(99).normal(size=(classes, width)) * 4
    labels = np.arange(count) % classes  # else chance in the shares hides the rest
    return middles[labels] + rng.normal(size=(count, width)), labels


@pytest.mark.parametrize("count", [400, 1600])
def test_real_samples_reach_the_floor_whatever_their_number(count: int) -> None:
    ratios = []
    for seed in range(0, 18, 3):
        real, others = samples(seed, 400)[0], samples(seed + 1, 500)[0]
        found = generator_figures(real, others, samples(seed + 2, count)[0])
        assert (found.samples, found.parts) == (400, count // 400)
        ratios.append(found.frechet / found.floor["frechet"])
        for name in ("precision", "recall", "coverage"):
            assert getattr(found, name) == pytest.approx(found.floor[name], abs=0.06)
        assert found.density == pytest.approx(1, abs=0.1)
    assert np.mean(ratios) == pytest.approx(1, abs=0.15)


def test_with_all_samples_the_floor_would_be_another() -> None:
    real, others, many = samples(0, 200)[0], samples(1, 200)[0], samples(2, 2000)[0]
    assert frechet_distance(real, many) < 0.7 * frechet_distance(real, others)
    assert neighbourhoods(real, many).coverage > neighbourhoods(real, others).coverage + 0.02


def test_a_poor_generator_is_below_the_floor() -> None:
    real, others = samples(0, 400)[0], samples(1, 400)[0]
    found = generator_figures(real, others, samples(2, 400, classes=5)[0])
    assert found.frechet > 3 * found.floor["frechet"]
    assert found.coverage < 0.75 * found.floor["coverage"]


def test_a_common_offset_changes_nothing() -> None:
    real, generated = samples(0, 300)[0], samples(1, 300)[0] * 0.9
    near, far = neighbourhoods(real, generated), neighbourhoods(real + 1e4, generated + 1e4)
    assert (far.precision, far.recall) == pytest.approx((near.precision, near.recall), abs=0.005)
    assert (far.density, far.coverage) == pytest.approx((near.density, near.coverage), abs=0.005)
    index, apart = nearest_rows(real, generated)
    index_far, apart_far = nearest_rows(real + 1e4, generated + 1e4)
    assert (index == index_far).mean() > 0.99
    np.testing.assert_allclose(apart, apart_far, rtol=1e-3)


def test_copies_are_counted() -> None:
    training, real = samples(0, 600)[0], samples(1, 600)[0]
    honest = near_duplicates(samples(2, 600)[0], training, real)
    assert honest.of_training < 0.04
    assert honest.among_generated < 0.04
    copied = near_duplicates(
        np.concatenate([training[:150] + 1e-3, samples(2, 450)[0]]), training, real
    )
    assert copied.of_training == pytest.approx(0.25, abs=0.04)
    same = np.repeat(samples(2, 6)[0], 100, axis=0) + 1e-4 * np.arange(600)[:, None]
    assert near_duplicates(same, training, real).among_generated > 0.95


def test_real_samples_raise_no_alarm() -> None:
    alarms = 0
    for seed in range(10):
        found = within_class(*samples(seed, 1000), *samples(seed + 50, 800))
        assert len(found.classes) == 10
        assert np.mean(found.distance) == pytest.approx(1, abs=0.05)
        assert np.mean(found.coverage) == pytest.approx(np.mean(found.floor), abs=0.03)
        alarms += len(found.collapsed)
    assert alarms == 0


@pytest.mark.parametrize("kept", [1, 5, 10])
def test_a_few_images_a_class_raise_the_alarm(kept: int) -> None:
    real, labels = samples(0, 1000)
    images, classes = samples(1, 2000)
    few = [np.flatnonzero(classes == label)[:kept] for label in range(10)]
    rows = np.concatenate([np.resize(rows, 100) for rows in few])
    noise = np.random.default_rng(3).normal(scale=0.05, size=(1000, 16))
    found = within_class(real, labels, images[rows] + noise, classes[rows])
    assert len(found.collapsed) == 10
    assert max(found.nearest) < 0.5
    if kept == 1:
        assert max(found.distance) < 0.05
    # The shares of the classes are right, and every class is there.
    assert (np.bincount(classes[rows]) == 100).all()


def test_one_class_that_collapsed_is_named() -> None:
    real, labels = samples(0, 1000)
    generated, classes = samples(1, 1000)
    generated[classes == 3] = generated[classes == 3][:1]
    assert within_class(real, labels, generated, classes).collapsed == (3,)


def test_classes_with_few_samples_are_left_out() -> None:
    real, labels = samples(0, 1000)
    generated, classes = samples(1, 1000)
    keep = (classes != 4) | (np.cumsum(classes == 4) <= 5)
    found = within_class(real, labels, generated[keep], classes[keep])
    assert 4 not in found.classes
    assert len(found.classes) == 9


def test_what_cannot_be_compared_is_said() -> None:
    real = samples(0, 100)[0]
    with pytest.raises(UsageError, match="expected more than 5 of each"):
        generator_figures(real, real[:5], real)
    with pytest.raises(UsageError, match="one class a sample"):
        within_class(real, np.zeros(99, np.int64), real, np.zeros(100, np.int64))
