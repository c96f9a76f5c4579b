"""An occlusion map, held to covering the image by hand."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab.data import load_symbols
from glyphlab.training.evaluation.model_reader import ModelReader
from glyphlab.training.evaluation.occlusion_maps import _covered, occlusion_map
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
    patches = {
        (0, 0): np.s_[0:4, 0:4],
        (10, 14): np.s_[8:14, 12:18],
        (27, 3): np.s_[25:28, 1:7],
    }
    for (row, column), patch in patches.items():
        covered = image.copy()
        covered[patch] = 128
        after = model.read(covered[None]).predictions.probabilities[0, 0, label]
        assert found.changes[row, column] == pytest.approx(after - found.probability, abs=1e-5)


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("side", [1, 4, 5, 6])
def test_neighbouring_places_are_a_step_apart(side: int, step: int) -> None:
    edges = np.arange(12, 60, step) + step / 2
    across = _covered(np.zeros((8, 84), np.uint8), [(4.0, one) for one in edges], side, 255)
    down = _covered(np.zeros((84, 8), np.uint8), [(one, 4.0) for one in edges], side, 255)
    for inked in (across.any(1), down.any(2)):
        assert inked.sum(1).tolist() == [side] * len(edges)
        assert set(np.diff(inked.argmax(1)).tolist()) == {step}


def test_larger_images_are_covered_at_fewer_places() -> None:
    model = ModelReader.load(triples_run())
    image = np.zeros((84, 84), np.uint8)
    found = occlusion_map(model, image, side=7, level=0)
    assert (found.changes.shape, found.step) == ((28, 28), 3)
    assert np.abs(found.changes).max() < 1e-6  # black on black changes nothing
