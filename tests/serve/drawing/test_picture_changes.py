"""Pictures moved, widened and with noise, on paper and without."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import prepare_symbol
from glyphlab.serve.drawing.model_answers import CAPTIONS
from glyphlab.serve.drawing.picture_changes import PictureChange, changed
from glyphlab.tasks import Scene
from glyphlab.tasks.scenes.segmentation import prepare_scene
from pen import written

THREE = GrayImage(np.asarray(written("3", 140)), ())


def ink(picture: GrayImage) -> np.ndarray:
    return 255 - picture.pixels.astype(int)


def middle(picture: GrayImage) -> np.ndarray:
    levels = ink(picture)
    return np.array([(levels * at).sum() / levels.sum() for at in np.indices(levels.shape)])


def test_nothing_asked_for_changes_nothing() -> None:
    assert changed(THREE, PictureChange()) is THREE


def test_ink_moves_by_so_much() -> None:
    found = changed(THREE, PictureChange(right=2, down=-1))
    assert np.allclose(middle(found) - middle(THREE), [-5, 10], atol=0.5)
    assert found.done == ("moved 2 right and 1 up, of 28 pixels",)
    assert found.pixels[0, 0] == 255
    away = changed(THREE, PictureChange(right=14, down=14))
    assert away.pixels.shape == THREE.pixels.shape


def test_strokes_are_widened_on_dark_and_on_bright_paper() -> None:
    wider = changed(THREE, PictureChange(thickness=1))
    thinner = changed(THREE, PictureChange(thickness=-1))
    assert ink(thinner).sum() < ink(THREE).sum() < ink(wider).sum()
    chalk = GrayImage(255 - THREE.pixels, ())
    assert np.array_equal(changed(chalk, PictureChange(thickness=1)).pixels, 255 - wider.pixels)
    gray_paper = GrayImage(np.uint8(THREE.pixels // 2 + 60), ())
    edge = changed(gray_paper, PictureChange(thickness=-2)).pixels
    assert edge[0].min() == edge[0].max() == gray_paper.pixels[0, 0]  # no frame comes of it


def test_large_pictures_are_scaled_down_first() -> None:
    large = GrayImage(np.asarray(written("314", 700)), ())
    found = changed(large, PictureChange(noise=0.2))
    assert found.pixels.shape == (140, 420)
    assert found.done == ("noise of 20 % added",)
    assert np.array_equal(found.pixels, changed(large, PictureChange(noise=0.2)).pixels)


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)),
    st.builds(
        PictureChange, right=st.floats(-14, 14), down=st.floats(-14, 14),
        thickness=st.floats(-2, 3), noise=st.floats(0, 1),
    ),
)  # fmt: skip
def test_any_picture_can_be_changed(pixels: np.ndarray, change: PictureChange) -> None:
    found = changed(GrayImage(pixels, ()), change).pixels
    assert found.dtype == np.uint8
    assert found.shape == pixels.shape


@pytest.mark.parametrize("digits", ["3", "31"])
def test_every_step_has_a_caption(digits: str) -> None:
    picture = GrayImage(np.asarray(written(digits)), ())
    row = Scene.in_grid("row", 1, len(digits))
    for steps in (prepare_symbol(picture, steps=True).steps,
                  prepare_scene(picture, row, steps=True).steps):  # fmt: skip
        assert steps
        assert {step.name for step in steps} <= set(CAPTIONS)


def test_an_empty_page_keeps_its_size() -> None:
    photo = GrayImage(np.asarray(Image.new("L", (30, 20), 90)), ())
    assert changed(photo, PictureChange(noise=0.1)).pixels.shape == (20, 30)
