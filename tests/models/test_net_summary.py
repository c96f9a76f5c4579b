"""The table of layers."""

from __future__ import annotations

import torch

from glyphlab.models import build_net, count_parameters, summary


def test_summary_of_the_report_net() -> None:
    net = build_net(
        "triple-mnist-cnn", height=84, width=84, heads=1, classes=640, head="flat",
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    text = summary(net, (1, 84, 84))
    assert "2,505,920" in text
    for layer in (
        "conv3",
        "dense (DenseReLU)",
        "out (Linear)",
        "(n, 1, 640)",
        "2,367,616",
        "82,560",
    ):
        assert layer in text


def test_summary_leaves_the_net_as_it_was() -> None:
    net = build_net(
        "fast", height=8, width=24, heads=3, classes=4, head="cells", channels=2,
        generator=torch.Generator().manual_seed(0),
    ).train()  # fmt: skip
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    text = summary(net, (1, 8, 24))
    assert net.training
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    assert not any(module._forward_hooks for module in net.modules())
    shown = [line.split()[-1] for line in text.splitlines()[2:-3]]
    assert sum(int(number.replace(",", "")) for number in shown) == count_parameters(net)


def test_frozen_parameters_are_not_counted() -> None:
    net = torch.nn.Linear(3, 2)
    net.bias.requires_grad_(False)
    assert count_parameters(net) == 6
