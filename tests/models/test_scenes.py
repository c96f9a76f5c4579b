"""Strategies and nets on scenes of one's own: which part of an image tells which symbol."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import torch_rng
from glyphlab.models import build_net, make_strategy
from glyphlab.models.strategies import Strategy
from glyphlab.tasks import Scene, load_task
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.training.batches import part_size, parts_of

GRIDS = {
    "row": Scene.in_grid("row", 1, 5, free_y=8),
    "square": Scene.in_grid("square", 2, 2, gap=(4, 4), margin=(2, 2)),
    "margins": Scene.in_grid("margins", 1, 3, gap=(0, 1), margin=(3, 9)),
    "beyond": Scene.in_grid("beyond", 3, 2, gap=(7, 5), free_x=3),
    "wide canvas": Scene.in_grid("wide", 2, 2, canvas=(70, 99)),
    "three numbers": Scene.in_grid("three", 3, 2, rule="sum", digits=2),
    "signs": Scene.in_grid(
        "signs", 3, 1, gap=(5, 0), margin=(0, 4), rule="signed-sum", signs=(1, -1, 1)
    ),
}
BY_POSITION = ("sliced", "multihead", "aligned")


def strategies(scene: Scene, symbols: np.ndarray) -> dict[str, Strategy]:
    labels = scene.labels_of(symbols).reshape(len(symbols), -1)
    names = ["whole", "sum"] + ([*BY_POSITION] if scene.rule == "digits" else [])
    found = {name: make_strategy(name, labels, 10, scene) for name in names}
    return {**found, "sequential": make_strategy("sequential", symbols, 10, scene)}


@pytest.mark.parametrize("case", GRIDS)
def test_what_is_told_comes_back(case: str) -> None:
    scene = GRIDS[case]
    symbols = np.random.default_rng(0).integers(0, 10, (20, scene.count))
    labels = scene.labels_of(symbols).reshape(20, -1)
    for name, strategy in strategies(scene, symbols).items():
        told = symbols if strategy.supervision == "symbols" else labels
        targets = strategy.targets(told)
        assert len(targets) == 20 * math.prod(strategy.grid), name
        of_symbols = symbols.reshape(-1, strategy.heads) if name == "sum" else targets
        certain = np.eye(strategy.classes, dtype=np.float32)[of_symbols]
        np.testing.assert_array_equal(strategy.answer(strategy.decode(certain)), labels)


@pytest.mark.parametrize("case", GRIDS)
def test_each_part_is_the_symbol_that_stands_there(case: str) -> None:
    """Cut as the strategy cuts, every part has the ink of its own glyph, and no other ink."""
    task = load_task(GRIDS[case], images=10)
    pool = task.pools["train"]
    ink = dict(zip(pool.ids.tolist(), pool.images.sum((1, 2), dtype=int).tolist(), strict=True))
    expected = [[ink[one] for one in row] for row in task.train.glyph_ids.tolist()]
    for name, strategy in strategies(task.scene, task.train.symbols).items():
        parts = parts_of(task.train.images, strategy)
        assert tuple(parts.shape[1:]) == part_size(strategy, *task.scene.canvas)
        if name in ("sliced", "sequential"):
            cells = parts
        elif name == "sum":
            cells = parts.unflatten(1, (strategy.cells[0], -1))
            cells = cells.unflatten(3, (strategy.cells[1], -1)).transpose(2, 3).flatten(0, 2)
        else:
            continue
        found = cells.flatten(1).sum(1).view(len(task.train), -1)
        assert found.tolist() == expected, name


@pytest.mark.parametrize(
    ("case", "rows", "columns"), [("row", 1, 5), ("square", 2, 2), ("wide canvas", 1, 1)]
)
def test_ranges_for_augmentation(case: str, rows: int, columns: int) -> None:
    scene = GRIDS[case]
    symbols = np.random.default_rng(0).integers(0, 10, (4, scene.count))
    found = strategies(scene, symbols)
    for name in ("whole", "multihead"):
        assert (found[name].rows, found[name].columns) == (rows, columns)
    for name in ("aligned", "sum"):  # which see the cells alone
        assert (found[name].rows, found[name].columns) == scene.grid(cut=True).shape  # type: ignore[union-attr]
    for name in ("sliced", "sequential"):
        assert (found[name].rows, found[name].columns) == (1, 1)


@pytest.mark.parametrize("name", ["sliced", "aligned", "sequential", "sum"])
def test_a_scene_without_cells_is_refused_in_words(name: str) -> None:
    scene = Scene("steps", 2, (56, 56), (28, 28), (0, 28), (0, 28))
    with pytest.raises(
        RecipeError, match=r"'steps' do not stand in a grid.*choose strategy 'whole'"
    ):
        make_strategy(name, np.zeros((2, 2), np.int64), 10, scene)
    for other in ("whole", "multihead"):
        strategy = make_strategy(other, np.zeros((2, 2), np.int64), 10, scene)
        assert (strategy.rows, strategy.columns, strategy.frame) == (1, 1, None)


@pytest.mark.parametrize(("rows", "columns"), [(1, 3), (2, 2), (3, 1)])
def test_a_cell_of_the_map_sees_its_own_part_of_the_image(rows: int, columns: int) -> None:
    """Ink in the middle of one large cell changes what is read there, and nowhere else."""
    side = 64
    net = build_net(
        "fast", height=rows * side, width=columns * side, heads=rows * columns, classes=7,
        head="cells", channels=4, rows=rows, generator=torch_rng(0),
    ).eval()  # fmt: skip
    blank = torch.zeros(1, 1, rows * side, columns * side)
    read = net(blank)
    assert read.shape == (1, rows * columns, 7)
    for cell in range(rows * columns):
        top, left = (side * place + side // 2 for place in divmod(cell, columns))
        inked = blank.clone()
        inked[0, 0, top - 2 : top + 2, left - 2 : left + 2] = 1.0
        changed = (net(inked) != read).any(2)[0]
        assert changed.tolist() == [number == cell for number in range(rows * columns)]


def test_the_layout_of_our_tasks_is_what_it_was() -> None:
    labels = np.array([[1, 2, 3]])
    from glyphlab.tasks import preset

    for name in ("whole", *BY_POSITION):
        ours, plain = (make_strategy(name, labels, 10, one) for one in (preset("triple"), None))
        for key in ("grid", "rows", "columns", "heads", "classes", "cells", "positions"):
            assert getattr(ours, key) == getattr(plain, key)
        assert ours.frame in (None, Grid(1, 3))
