"""Solid shapes have ink that is wider than strokes."""

from __future__ import annotations

import numpy as np

from glyphlab.data import load_symbols
from glyphlab.training.evaluation.novelty.solid_shapes import wide_ink


def test_strokes_have_little_and_a_square_has_much() -> None:
    digits = load_symbols("digits").test.images
    solid = np.zeros((1, 28, 28), np.uint8)
    solid[0, 5:23, 8:20] = 255
    found = wide_ink(solid, 28, dark=False)
    assert found.shape == (1,)
    assert found[0] == 13 * 7  # 18 × 12 without what a square of 6 × 6 cannot reach
    assert np.quantile(wide_ink(digits, 28, dark=False), 0.95) < 20


def test_dark_ink_is_ink_too() -> None:
    digits = load_symbols("digits").test.images[:9]
    np.testing.assert_array_equal(
        wide_ink(digits, 28, dark=False), wide_ink(255 - digits, 28, dark=True)
    )


def test_small_symbols_have_small_strokes() -> None:
    assert wide_ink(np.full((1, 8, 8), 255, np.uint8), 8, dark=False)[0] > 0
