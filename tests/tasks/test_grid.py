"""Rows and columns that symbols stand in, against pixels that are counted one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glyphlab.models.nets.cells_net import cut, framed
from glyphlab.tasks import PRESETS, Scene
from glyphlab.tasks.scenes.grid import Grid

PAIRS = st.tuples(st.integers(0, 5), st.integers(0, 5))
SCENES = st.builds(
    Scene.in_grid,
    st.just("some"),
    st.integers(1, 4),
    st.integers(1, 4),
    cell=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    gap=PAIRS,
    margin=PAIRS,
    free_y=st.integers(0, 3),
    free_x=st.integers(0, 3),
)


@given(scene=SCENES, wider=PAIRS)
def test_every_part_holds_its_symbol_and_no_other(scene: Scene, wider: tuple[int, int]) -> None:
    """Each symbol inks all that it can reach; its part has that ink, and only that."""
    height, width = (side + more for side, more in zip(scene.canvas, wider, strict=True))
    scene = replace(scene, canvas=(height, width))
    image = np.zeros((1, height, width), np.uint8)
    high, wide = scene.cell[0] + scene.free_y, scene.cell[1] + scene.free_x
    for number, (top, left) in enumerate(zip(scene.rows, scene.columns, strict=True), 1):
        assert not image[0, top : top + high, left : left + wide].any()
        image[0, top : top + high, left : left + wide] = number
    grid = scene.grid(cut=True)
    assert grid is not None
    whole = framed(torch.from_numpy(image), grid)
    assert tuple(whole.shape[1:]) == grid.framed(height, width)
    parts = cut(whole, grid.shape).numpy()
    assert len(parts) == scene.count
    for number, part in enumerate(parts, 1):
        assert set(np.unique(part)) <= {0, number}
        assert (part == number).sum() == high * wide


@given(scene=SCENES)
def test_cells_that_a_net_pools_hold_their_symbols(scene: Scene) -> None:
    """Adaptive pooling rounds outwards, so that no pixel of a symbol is left out of its cell."""
    grid = scene.grid()
    assert grid is not None
    height, width = grid.framed(*scene.canvas)
    top0, left0 = grid.down[0] if grid.down else 0, grid.right[0] if grid.right else 0
    for number, (top, left) in enumerate(zip(scene.rows, scene.columns, strict=True)):
        row, column = divmod(number, grid.columns)
        top, left = top - top0, left - left0
        assert row * height // grid.rows <= top
        assert top + scene.cell[0] + scene.free_y <= -(-(row + 1) * height // grid.rows)
        assert column * width // grid.columns <= left
        assert left + scene.cell[1] + scene.free_x <= -(-(column + 1) * width // grid.columns)


def test_the_grids_of_our_tasks_take_all_of_an_image() -> None:
    shapes = {name: scene.grid(cut=True) for name, scene in PRESETS.items()}
    assert shapes == {
        "single": Grid(1, 1),
        "triple": Grid(1, 3),
        **dict.fromkeys(("addition", "product", "difference"), Grid(2, 1)),
    }


@pytest.mark.parametrize(
    ("rows", "columns", "free"),
    [
        ((0, 28), (0, 28), 0),  # a diagonal
        ((0, 0, 28), (0, 28, 0), 0),  # a corner is missing
        ((28, 0), (0, 0), 0),  # read upwards
        ((0, 0), (0, 27), 0),  # one over the other
        ((0, 0), (0, 30), 3),  # one may come to lie over the other
        ((0, 0, 0), (0, 28, 70), 0),  # not as far from each other
    ],
)
def test_what_is_no_grid(rows: tuple[int, ...], columns: tuple[int, ...], free: int) -> None:
    scene = Scene("some", len(rows), (120, 120), (28, 28), columns, rows, free, free)
    assert scene.grid() is None
    assert scene.grid(cut=True) is None
    assert scene.ranges == (1, 1)


def test_a_canvas_that_has_no_middle_is_pooled_whole_and_cut_by_the_pitch() -> None:
    scene = Scene.in_grid("odd", 1, 2, gap=(0, 1))
    assert scene.canvas == (28, 57)
    assert scene.grid() == Grid(1, 2)
    assert scene.grid(cut=True) == Grid(1, 2, right=(0, 58))
    assert scene.ranges == (1, 2)
    assert Scene.in_grid("wide", 1, 3, margin=(0, 9)).ranges == (1, 1)
