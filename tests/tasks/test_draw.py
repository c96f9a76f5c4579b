"""Drawing against a plain loop over images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import SceneError
from glyphlab.data import Symbols
from glyphlab.tasks import Scene
from glyphlab.tasks.drawing import draw, pick_glyphs, random_offsets


def by_loop(scene, glyphs, index, offsets):
    images = np.zeros((len(index), *scene.canvas), np.uint8)
    for image, chosen, moved in zip(images, index, offsets, strict=True):
        for position in range(scene.count):
            for y in range(scene.cell[0]):
                for x in range(scene.cell[1]):
                    row = scene.rows[position] + moved[position][0] + y
                    column = scene.columns[position] + moved[position][1] + x
                    image[row, column] = max(image[row, column], glyphs[chosen[position]][y, x])
    return images


@st.composite
def scenes(draw_from):
    count = draw_from(st.integers(1, 3))
    cell = draw_from(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    rows, columns = (
        tuple(draw_from(st.lists(st.integers(0, 4), min_size=count, max_size=count)))
        for _ in range(2)
    )
    free_y, free_x, spare = (draw_from(st.integers(0, 2)) for _ in range(3))
    canvas = (max(rows) + free_y + cell[0] + spare, max(columns) + free_x + cell[1])
    return Scene("any", count, canvas, cell, columns, rows, free_y, free_x)


@settings(max_examples=60, deadline=None)
@given(scenes(), st.integers(0, 2**32))
def test_every_scene_as_the_loop_draws_it(scene, seed):
    rng = np.random.default_rng(seed)
    glyphs = rng.integers(0, 256, (5, *scene.cell), dtype=np.uint8)
    index = rng.integers(0, 5, (7, scene.count))
    offsets = random_offsets(scene, 7, rng)
    np.testing.assert_array_equal(
        draw(scene, glyphs, index, offsets), by_loop(scene, glyphs, index, offsets)
    )


def test_chunks_join(monkeypatch):
    scene = Scene("pair", 2, (5, 4), (2, 2), (0, 2), (0, 0), free_y=3)
    rng = np.random.default_rng(0)
    glyphs = rng.integers(0, 256, (9, 2, 2), dtype=np.uint8)
    index, offsets = rng.integers(0, 9, (50, 2)), random_offsets(scene, 50, rng)
    whole = draw(scene, glyphs, index, offsets)
    monkeypatch.setattr("glyphlab.tasks.drawing._CHUNK", 7)
    np.testing.assert_array_equal(draw(scene, glyphs, index, offsets), whole)


def test_change_sees_each_drawn_glyph_once():
    scene = Scene("pair", 2, (2, 4), (2, 2), (0, 2), (0, 0))
    glyphs = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    seen = []

    def change(part, number):
        seen.append((len(part), number))
        return 255 - part

    index = np.array([[0, 1], [2, 2], [1, 0]])
    images = draw(scene, glyphs, index, np.zeros((3, 2, 2), np.int64), change)
    assert seen == [(6, 0)]
    assert images[0].tolist() == [[255, 254, 251, 250], [253, 252, 249, 248]]


def test_offsets_reach_both_ends():
    scene = Scene("one", 1, (6, 5), (2, 2), (0,), (1,), free_y=3, free_x=2)
    offsets = random_offsets(scene, 2000, np.random.default_rng(1))
    down, right = offsets[:, 0].T
    np.testing.assert_allclose(np.bincount(down) / 2000, [0.25] * 4, atol=0.04)
    np.testing.assert_allclose(np.bincount(right) / 2000, [1 / 3] * 3, atol=0.04)


def pool(labels, classes=3):
    labels = np.asarray(labels, np.int64)
    return Symbols(
        np.zeros((len(labels), 2, 2), np.uint8),
        labels,
        np.arange(len(labels)),
        "made",
        "none",
        tuple("abcdef"[:classes]),
    )


def test_glyphs_are_of_the_class_and_even():
    glyphs = pool([2, 0, 1, 2, 0, 2])
    wanted = np.tile([[0, 1, 2]], (3000, 1))
    picked = pick_glyphs(glyphs, wanted, np.random.default_rng(2))
    np.testing.assert_array_equal(glyphs.labels[picked], wanted)
    share = np.bincount(picked.ravel(), minlength=6) / 3000
    np.testing.assert_allclose(share, [1 / 3, 1 / 2, 1, 1 / 3, 1 / 2, 1 / 3], atol=0.05)


def test_a_class_without_glyphs():
    with pytest.raises(SceneError, match="none of class c"):
        pick_glyphs(pool([0, 1, 1]), np.array([[0, 2]]), np.random.default_rng(0))


def test_glyphs_of_another_size():
    scene = Scene("one", 1, (3, 3), (3, 3), (0,), (0,))
    with pytest.raises(SceneError, match=r"cells of 3×3 pixels.*2×2.*--size 3'"):
        draw(scene, np.zeros((1, 2, 2), np.uint8), np.zeros((1, 1), int), np.zeros((1, 1, 2), int))
