"""Nets as lists of plain operations: the list computes what the net does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from exported_runs import RUNS, run_of
from glyphlab._common.errors import UsageError
from glyphlab.export.portable import PortableNet
from glyphlab.models.nets.cells_net import cut
from glyphlab.models.nets.computed_operations import computed
from glyphlab.models.nets.operations import (
    Conv,
    MeanPool,
    Operation,
    operations_of,
    shape_after,
)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("name", RUNS)
def test_operations_compute_what_the_net_does(name: str) -> None:
    net = PortableNet.load(run_of(name))
    height, width = (side * parts for side, parts in zip(net.size, net.cells, strict=True))
    images = torch.rand(3, height, width, generator=torch.Generator().manual_seed(0))
    cells = cut(images, net.cells).unsqueeze(1)
    with torch.no_grad():
        expected = net.net(images.unsqueeze(1))
        found = computed(net.operations, cells).view(expected.shape)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", RUNS)
def test_shapes_are_known_beforehand(name: str) -> None:
    net = PortableNet.load(run_of(name))
    shape: tuple[int, ...] = (1, *net.size)
    x = torch.zeros(1, *shape)
    for one in net.operations:
        x, shape = computed([one], x), shape_after(one, shape)
        assert x.shape[1:] == shape


class _Halved(nn.ReLU):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) / 2


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (nn.LSTM(3, 3), "LSTM"),
        (_Halved(), "_Halved"),
        (nn.Conv2d(2, 2, 3, groups=2), "groups"),
        (nn.Conv2d(1, 1, 3, dilation=2), "dilation"),
        (nn.Conv2d(1, 1, 2, padding="same"), "even side"),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"), "border"),
        (nn.MaxPool2d(2, ceil_mode=True), "ceil_mode"),
        (nn.MaxPool2d(3, padding=1), "padding"),
        (nn.AdaptiveAvgPool2d(2), "more than one pixel"),
        (nn.BatchNorm2d(1, track_running_stats=False), "running statistics"),
        (nn.Flatten(2), "whole"),
        (nn.Sequential(nn.ReLU(), nn.Softmax(1)), "Softmax"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_not_known_is_refused(module: nn.Module, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        operations_of(module, (1, 8, 8))


def test_a_module_may_say_its_operations_itself() -> None:
    class Mine(nn.Module):
        def operations(self, shape: tuple[int, ...]) -> list[Operation]:
            assert shape == (4, 6, 6)
            return [MeanPool()]

    found = operations_of(nn.Sequential(nn.Conv2d(1, 4, 3), Mine()), (1, 8, 8))
    assert [type(one) for one in found] == [Conv, MeanPool]
