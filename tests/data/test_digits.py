"""The embedded digits look and are divided as they should."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from glyphlab.data.digits import embedded_digits, fit_like_mnist


@pytest.fixture(scope="module")
def digits():
    return embedded_digits()


def test_every_digit_is_there_once(digits):
    ids = np.concatenate([digits.train.ids, digits.test.ids])
    assert sorted(ids) == list(range(1797))
    assert digits.train.images.shape[1:] == (28, 28)
    assert "CC BY 4.0" in digits.train.licence


def test_the_split_is_stratified_and_fixed(digits):
    counts = np.bincount(digits.test.labels)
    whole = counts + np.bincount(digits.train.labels)
    np.testing.assert_array_equal(counts, np.round(whole * 0.2))
    digest = hashlib.sha256(digits.test.ids.tobytes()).hexdigest()
    assert digest[:16] == "4dcd68e1c843059c"


def test_ink_fills_a_box_of_twenty(digits):
    ink = digits.train.images > 0
    rows, columns = ink.any(axis=2).sum(axis=1), ink.any(axis=1).sum(axis=1)
    sides = np.maximum(rows, columns)
    assert sides.max() == 20
    assert np.median(sides) == 20
    assert sides.min() >= 17  # a faint outer line of the 8×8 image may round away


def test_the_mass_is_centred(digits):
    mass = digits.train.images.astype(float)
    places = np.arange(28) + 0.5
    total = mass.sum(axis=(1, 2))
    for axis in (1, 2):
        centre = (mass.sum(axis=axis) * places).sum(axis=1) / total
        # Half a pixel by rounding; further only where the box would leave the canvas.
        assert np.quantile(np.abs(centre - 14), 0.99) <= 0.5 + 1e-9
        assert np.abs(centre - 14).max() < 2


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_any_image_fits(image):
    placed = fit_like_mnist(image)
    assert placed.shape == (28, 28)
    assert bool(placed.any()) <= bool(image.any())
    ink = np.argwhere(placed)
    if len(ink):
        assert np.ptp(ink, axis=0).max() < 20


def test_a_blank_image_stays_blank():
    assert not fit_like_mnist(np.zeros((8, 8), np.uint8)).any()


def test_proportions_are_kept():
    bar = np.zeros((8, 8), np.uint8)
    bar[1:7, 3:5] = 255
    ink = np.argwhere(fit_like_mnist(bar))
    assert np.ptp(ink, axis=0).tolist() == [19, 6]
    assert ink.min(axis=0).tolist() == [4, 10]  # rows 4 … 23, columns 10 … 16: a half rounds down
