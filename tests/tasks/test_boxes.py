"""Boxes, one symbol each: prepared alone, and put where a scene has them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import MNIST_STYLE, prepare_symbol
from glyphlab.tasks import preset
from glyphlab.tasks.scenes.boxes import TooMany, joined, prepare_box
from pen import written


def gray(image: Image.Image) -> GrayImage:
    return GrayImage(np.asarray(image), ())


PAPER = gray(Image.new("L", (240, 240), 255))


def test_a_box_is_prepared_as_a_symbol() -> None:
    box = gray(written("3"))
    found = prepare_box(box, steps=True)
    assert np.array_equal(found.image, prepare_symbol(box).image)
    assert found.source == (240, 240)
    assert [step.name for step in found.steps][-1] == "fitted and centred"
    assert prepare_box(PAPER).blank
    with pytest.raises(TooMany, match="box 2 shows 2 symbols"):
        prepare_box(gray(written("31")), number=2)


def test_symbols_stand_where_the_scene_has_them() -> None:
    scene = preset("triple")
    boxes = [prepare_box(gray(written(digit))) for digit in "314"]
    found = joined(boxes, scene, dark=False)
    assert found.image.shape == (84, 84)
    top = scene.free_y // 2
    for box, left in zip(boxes, scene.columns, strict=True):
        assert np.array_equal(found.image[top : top + 28, left : left + 28], box.image)
    assert found.image.sum() == sum(int(box.image.sum()) for box in boxes)
    assert found.done[0] == "3 boxes prepared one by one"


def test_empty_boxes() -> None:
    scene = preset("addition")
    three, nothing = prepare_box(gray(written("3"))), prepare_box(PAPER)
    with pytest.raises(DataError, match="nothing is written in box 2: an image of 'addition'"):
        joined([three, nothing], scene, dark=False)
    blank = joined([nothing, nothing], scene, dark=MNIST_STYLE.dark)
    assert blank.blank
    assert not blank.image.any()
