"""Cells of a grid, and one net for all of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from glyphlab.compose import preset
from glyphlab.compose.arithmetic import of_numbers
from glyphlab.errors import RecipeError
from glyphlab.models import build_net
from glyphlab.models.cells import CellsNet, cut, grid_of
from glyphlab.seeds import torch_rng


@pytest.mark.parametrize("grid", [(1, 1), (2, 1), (1, 3), (2, 3)])
def test_parts_follow_each_other_as_one_reads(grid: tuple[int, int]) -> None:
    images = torch.arange(2 * 4 * 6).view(2, 4, 6)
    rows, columns = grid
    high, wide = 4 // rows, 6 // columns
    expected = [
        image[r * high : (r + 1) * high, c * wide : (c + 1) * wide].numpy()
        for image in images
        for r in range(rows)
        for c in range(columns)
    ]
    np.testing.assert_array_equal(cut(images, grid).numpy(), np.stack(expected))


def test_parts_that_do_not_fit() -> None:
    with pytest.raises(RecipeError, match="images 5 pixels high cannot be cut into 2"):
        cut(torch.zeros(1, 5, 6), (2, 1))


def test_grids_of_scenes() -> None:
    assert grid_of(preset("addition")) == (2, 1)
    assert grid_of(of_numbers(preset("addition"), 4)) == (2, 4)
    assert grid_of(preset("single")) == (1, 1)
    with pytest.raises(RecipeError, match="'triple' do not stand in a grid"):
        grid_of(preset("triple"))


@pytest.mark.parametrize("name", ["fast", "layers"])
def test_every_cell_is_read_by_the_same_net(name: str) -> None:
    net = build_net(
        name, height=20, width=30, heads=6, classes=4, head="cells", cells=(2, 3), channels=2,
        layers=["conv 2 3", "dense 5"] if name == "layers" else [], generator=torch_rng(0),
    ).eval()  # fmt: skip
    assert isinstance(net, CellsNet)
    images = torch.rand(3, 1, 20, 30, generator=torch_rng(1))
    logits = net(images)
    assert logits.shape == (3, 6, 4)
    alone = net.reader(images[:, :, 10:, 20:])
    torch.testing.assert_close(logits[:, 5:], alone)
    assert net.shardable == getattr(net.reader, "shardable", False)
    assert len(net.scale_free_weights) == (3 if name == "fast" else 0)
