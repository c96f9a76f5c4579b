"""Both convolutions against PyTorch's own, values and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from glyphlab._common.seeds import torch_rng
from glyphlab.models.generators.convolutions import DoublingConv, OneChannelConv
from glyphlab.models.generators.keras_layers import KerasConv

pytestmark = pytest.mark.usefixtures("one_thread")


def _twins(ours: nn.Module, plain: nn.Module) -> None:
    rng = torch_rng(0, "weights")
    for parameter in ours.parameters():
        nn.init.normal_(parameter, generator=rng)
    plain.load_state_dict(ours.state_dict())


def _pulled(net: nn.Module, x: Tensor, weight: Tensor, *, half: bool = False) -> list[Tensor]:
    seen = x.clone().requires_grad_(True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
        found = net(seen)
    return [
        found.detach(), *torch.autograd.grad((found * weight).sum(), [seen, *net.parameters()])
    ]  # fmt: skip


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_one_channel(size: int, layout: torch.memory_format) -> None:
    ours, plain = OneChannelConv(5, size), nn.Conv2d(5, 1, size, padding=size // 2)
    _twins(ours, plain)
    x = torch.randn(3, 5, 8, 6, generator=torch_rng(0, "x")).contiguous(memory_format=layout)
    weight = torch.randn(3, 1, 8, 6, generator=torch_rng(0, "pull"))
    for one, other in zip(_pulled(ours, x, weight), _pulled(plain, x, weight), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("half", [True, False])
def test_one_channel_in_bfloat16(half: bool) -> None:
    """Under autocast, whether what it reads is in bfloat16 already or in float32."""
    ours, plain = OneChannelConv(16, 3), nn.Conv2d(16, 1, 3, padding=1)
    _twins(ours, plain)
    x = torch.randn(2, 16, 8, 6, generator=torch_rng(0, "x")).bfloat16()
    weight = torch.randn(2, 1, 8, 6, generator=torch_rng(0, "pull"))
    found = _pulled(ours, x if half else x.float(), weight, half=True)
    assert [one.dtype for one in found[:3]] == [
        torch.float32, torch.bfloat16 if half else torch.float32, torch.float32
    ]  # fmt: skip
    assert torch.equal(found[1].float(), found[1].bfloat16().float())  # multiplied in it, back too
    for one, other in zip(found, _pulled(plain, x.float(), weight), strict=True):
        torch.testing.assert_close(one.float(), other, rtol=0.03, atol=0.2)


def test_doubling() -> None:
    ours, plain = DoublingConv(5, 3), nn.ConvTranspose2d(5, 3, 4, 2, 1)
    _twins(ours, plain)
    x = torch.randn(2, 5, 7, 4, generator=torch_rng(0, "x"))
    weight = torch.randn(2, 3, 14, 8, generator=torch_rng(0, "pull"))
    for one, other in zip(_pulled(ours, x, weight), _pulled(plain, x, weight), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("side", "size"), [(8, 3), (8, 4), (7, 3), (7, 4)])
def test_keras_padding(side: int, size: int) -> None:
    """As many pixels as a stride of two leaves, more of the margin at the end."""
    net = KerasConv(1, 1, size, 2)
    nn.init.ones_(net.weight)
    assert net.bias is not None
    nn.init.zeros_(net.bias)
    found = net(torch.ones(1, 1, side, side))[0, 0]
    sides = -(-side // 2)
    margin = (sides - 1) * 2 + size - side
    inside = [
        sum(0 <= 2 * at - margin // 2 + tap < side for tap in range(size)) for at in range(sides)
    ]
    expected = torch.outer(torch.tensor(inside), torch.tensor(inside)).float()
    torch.testing.assert_close(found, expected)
