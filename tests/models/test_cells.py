"""Cells of a grid, and one net for all of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import torch_rng
from glyphlab.models import build_net
from glyphlab.models.nets.base import Net
from glyphlab.models.nets.cells_net import CellsNet, cut
from glyphlab.models.own.given import OwnNet
from glyphlab.tasks import Scene, preset
from glyphlab.tasks.arithmetic import of_numbers
from glyphlab.tasks.scenes.cell_grid import grid_of
from glyphlab.tasks.scenes.grid import Grid


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
    assert grid_of(preset("addition")) == Grid(2, 1)
    assert grid_of(of_numbers(preset("addition"), 4)) == Grid(2, 4)
    assert grid_of(preset("single")) == Grid(1, 1)
    assert grid_of(preset("triple")) == Grid(1, 3)
    steps = Scene("steps", 2, (56, 56), (28, 28), (0, 28), (0, 28))
    with pytest.raises(
        RecipeError, match=r"'steps' do not stand in a grid.*'whole' or 'multihead'"
    ):
        grid_of(steps)
    with pytest.raises(RecipeError, match="choose strategy 'whole', or a scene with rows"):
        grid_of(replace(steps, rule="sum"))


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
    assert net.shardable == net.reader.shardable
    assert len(net.scale_free_weights) == (3 if name == "fast" else 0)


DROPPED = ["conv 2 3", "dropout 0.5", "dense 5", "dropout 0.25"]


def dropping(cells: tuple[int, int] = (2, 3)) -> Any:
    return build_net(
        "layers", height=20, width=30, heads=math.prod(cells), classes=4, head="cells",
        cells=cells, layers=DROPPED, generator=torch_rng(0),
    )  # fmt: skip


def test_masks_of_cells_are_the_readers_a_row_an_image() -> None:
    net = dropping()
    masks = net.draw_masks(4, torch_rng(2))
    assert [mask.shape for mask in masks] == [(4, 6, 2, 8, 8), (4, 6, 5)]
    for mask, drawn in zip(masks, net.reader.draw_masks(24, torch_rng(2)), strict=True):
        assert torch.equal(mask.flatten(0, 1), drawn)
    images = torch.rand(4, 1, 20, 30, generator=torch_rng(1))
    logits = net.train()(images, masks)
    some = net(images[1:3], [mask[1:3] for mask in masks])
    torch.testing.assert_close(logits[1:3], some)
    alone = net.reader(images[:, :, 10:, 20:], [mask[:, 5] for mask in masks])
    torch.testing.assert_close(logits[:, 5:], alone)
    assert not torch.equal(logits, net.eval()(images))


def test_a_net_must_say_what_it_drops() -> None:
    class Silent(Net):
        pass

    with pytest.raises(TypeError, match="draw_masks"):
        Silent()  # type: ignore[abstract]
    nets = [net_of(name) for name in ("fast", "triple-mnist-cnn", "layers")]
    assert all(isinstance(net, Net) for net in nets)
    for net in nets:
        around = CellsNet(net, (2, 3))
        assert around.shardable == net.shardable
        assert len(around.scale_free_weights) == len(net.scale_free_weights)
        assert len(around.draw_masks(1, torch_rng(0))) == len(net.draw_masks(1, torch_rng(0)))


def net_of(name: str) -> Net:
    return build_net(
        name, height=18, width=18, heads=1, classes=4, head="flat", generator=torch_rng(0),
        layers=DROPPED if name == "layers" else [],
    )  # fmt: skip


class Viewing(nn.Module):
    """A net of a user, which views what a convolution gives as it lies."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.out = nn.Linear(2 * 6 * 6, 4)

    def forward(self, images: Tensor) -> Tensor:
        return self.out(self.conv(images).view(len(images), -1)).view(len(images), 1, 4)


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_net_of_a_user_keeps_its_layout(wrapped: bool) -> None:
    own = OwnNet("mine", Viewing(), 1, 4)
    net: nn.Module = CellsNet(own, (2, 1)) if wrapped else own
    images = torch.rand(3, 1, 16 if wrapped else 8, 8)
    before = {name: (one.clone(), one.stride()) for name, one in net.state_dict().items()}
    net.to(device="cpu", memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert net(images).shape == (3, 2 if wrapped else 1, 4)
    for name, weight in net.state_dict().items():
        assert torch.equal(weight, before[name][0])
        assert weight.stride() == before[name][1]
    assert all(p.dtype == torch.float64 for p in net.to(dtype=torch.float64).parameters())
