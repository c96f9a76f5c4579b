"""Symbols on paper: dark on bright, larger, and prepared back to symbols."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab.data import load_symbols
from glyphlab.data.prepare import prepare_symbol
from glyphlab.training.evaluation.novelty.as_photographed import enlarged, on_paper


@pytest.mark.parametrize("dark", [False, True])
def test_a_symbol_is_drawn_dark_on_brighter_paper(dark: bool) -> None:
    symbol = load_symbols("digits").test.images[3]
    rng = np.random.default_rng(5)
    found = on_paper(255 - symbol if dark else symbol, rng, dark=dark)
    assert found.done == ()
    assert found.pixels.dtype == np.uint8
    assert min(found.pixels.shape) >= 3 * 28 - 1
    level = np.median(found.pixels)
    assert level > 90
    assert level - np.percentile(found.pixels, 1) > 25
    prepared = prepare_symbol(found)
    assert not prepared.blank
    assert np.corrcoef(prepared.image.ravel(), symbol.ravel())[0, 1] > 0.6


def test_other_images_are_only_enlarged() -> None:
    image = load_symbols("digits").test.images[0]
    found = enlarged(image, np.random.default_rng(0))
    assert min(found.pixels.shape) >= 3 * 28 - 1
    assert found.pixels.mean() == pytest.approx(image.mean(), abs=1)
