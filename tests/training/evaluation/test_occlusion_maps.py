"""An occlusion map, held to covering the image by hand."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab.data import load_symbols
from glyphlab.training.evaluation.model_reader import ModelReader
from glyphlab.training.evaluation.occlusion_maps import occlusion_map
from trained import digits_run, triples_run


def test_each_place_is_the_image_with_the_patch_there() -> None:
    model = ModelReader.load(digits_run())
    image = load_symbols("digits").test.images[5]
    found = occlusion_map(model, image, side=6, level=128)
    assert (found.changes.shape, found.step, found.side) == ((28, 28), 1, 6)
    before = model.read(image[None]).predictions
    label = int(before.labels[0, 0])
    assert found.labels == [label]
    assert found.probability == pytest.approx(float(before.probabilities[0, 0, label]))
    for row, column in ((0, 0), (10, 14), (27, 3)):
        covered = image.copy()
        # halves are rounded to the even pixel
        top, left = round(row + 0.5 - 3), round(column + 0.5 - 3)
        covered[max(0, top) : top + 6, max(0, left) : left + 6] = 128
        after = model.read(covered[None]).predictions.probabilities[0, 0, label]
        assert found.changes[row, column] == pytest.approx(after - found.probability, abs=1e-5)


def test_larger_images_are_covered_at_fewer_places() -> None:
    model = ModelReader.load(triples_run())
    image = np.zeros((84, 84), np.uint8)
    found = occlusion_map(model, image, side=7, level=0)
    assert (found.changes.shape, found.step) == ((28, 28), 3)
    assert np.abs(found.changes).max() < 1e-6  # black on black changes nothing
