"""Corruptions: strength 0 changes nothing, more strength changes more, a seed fixes all of it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab._common.errors import UnknownName
from glyphlab.training.evaluation import corruptions
from glyphlab.training.evaluation.corruptions import CORRUPTIONS, corrupted

RNG = np.random.default_rng(0)
KINDS = list(CORRUPTIONS)


@pytest.fixture
def images() -> NDArray[np.uint8]:
    """Two strokes, a cross off the middle, on a background of 0."""
    found = np.zeros((5, 28, 28), np.uint8)
    found[:, 8:20, 12:15] = 255
    found[:, 12:15, 7:21] = 200
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_images_stay_images_and_the_given_ones_stay_as_they_are(
    kind: str, images: NDArray[np.uint8]
) -> None:
    before = images.copy()
    for strength in CORRUPTIONS[kind].strengths:
        found = corrupted(kind, images, strength)
        assert found.shape == images.shape
        assert found.dtype == np.uint8
        assert not np.array_equal(found, images), strength
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_fixes_what_chance_does(kind: str, images: NDArray[np.uint8]) -> None:
    strength = CORRUPTIONS[kind].strengths[-1]
    first = corrupted(kind, images, strength, seed=1)
    np.testing.assert_array_equal(first, corrupted(kind, images, strength, seed=1))
    by_chance = kind not in ("thickness", "contrast")
    other = corrupted(kind, images, strength, seed=2)
    assert np.array_equal(first, other) != by_chance


@pytest.mark.parametrize("kind", KINDS)
def test_the_clean_strength_changes_nothing(kind: str, images: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(corrupted(kind, images, CORRUPTIONS[kind].clean), images)
    assert corrupted(kind, images[:0], 1.0).shape == (0, 28, 28)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "thickness"])
def test_more_strength_changes_more(kind: str, images: NDArray[np.uint8]) -> None:
    away = [
        np.abs(corrupted(kind, images, strength).astype(float) - images).mean()
        for strength in CORRUPTIONS[kind].strengths
    ]
    assert away[0] < away[-1]


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    gray = np.full((20, 40, 40), 128, np.uint8)
    assert corrupted("noise", gray, 0.1).std() / 255 == pytest.approx(0.1, rel=0.03)


def test_a_shift_is_as_far_as_asked_and_brings_background(images: NDArray[np.uint8]) -> None:
    moved = corrupted("shift", images, 3.0).astype(float)
    for before, after in zip(images.astype(float), moved, strict=True):
        places = np.indices((28, 28))
        centres = [(places * one).sum((1, 2)) / one.sum() for one in (before, after)]
        assert np.hypot(*(centres[1] - centres[0])) == pytest.approx(3.0, abs=0.02)
    assert not corrupted("shift", images, 60.0).any()


def test_whole_turns_are_exact(images: NDArray[np.uint8]) -> None:
    turned = corrupted("rotation", images, 90.0)
    for before, after in zip(images, turned, strict=True):
        assert any(np.array_equal(after, np.rot90(before, times)) for times in (1, 3))


def test_strokes_grow_and_shrink(images: NDArray[np.uint8]) -> None:
    widths = [
        int((corrupted("thickness", images, strength)[0, 9] > 127).sum())
        for strength in (-1, 0, 1, 2)
    ]
    assert widths == [1, 3, 5, 7]
    half = corrupted("thickness", images, 0.5)[0, 9].astype(float)
    between = [corrupted("thickness", images, strength)[0, 9].astype(float) for strength in (0, 1)]
    np.testing.assert_allclose(half, np.mean(between, axis=0), atol=0.5)


def test_thin_strokes_do_not_survive_at_the_edge() -> None:
    edge = np.zeros((1, 6, 6), np.uint8)
    edge[0, 0] = 255
    assert not corrupted("thickness", edge, -1.0).any()


def test_contrast_keeps_the_mean(images: NDArray[np.uint8]) -> None:
    faint = corrupted("contrast", images, 0.8).astype(float)
    assert faint.mean() == pytest.approx(images.mean(), abs=0.6)
    assert faint.std() == pytest.approx(0.2 * images.std(), rel=0.05)


def test_an_occlusion_is_a_square_of_background() -> None:
    white = np.full((6, 20, 30), 255, np.uint8)
    covered = corrupted("occlusion", white, 0.5)
    for image in covered:
        rows, columns = (np.flatnonzero((image == 0).any(axis)) for axis in (1, 0))
        assert len(rows) == len(columns) == 10
        assert (image == 0).sum() == 100
    assert len({image.tobytes() for image in covered}) > 1


def test_an_unknown_kind_gets_the_nearest_name(images: NDArray[np.uint8]) -> None:
    with pytest.raises(UnknownName, match="did you mean 'rotation'"):
        corrupted("rotate", images, 1.0)


def test_sampling_goes_chunk_by_chunk(
    images: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = corrupted("rotation", images, 20.0)
    monkeypatch.setattr(corruptions, "_CHUNK", 2)
    np.testing.assert_array_equal(corrupted("rotation", images, 20.0), whole)
