"""One step: split over threads or not, compiled or not, the same step."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from glyphlab.models import build_net
from glyphlab.models.kernels import available
from glyphlab.models.strategies import classification_loss
from glyphlab.train.optim import KERAS_ADAM_EPSILON, build_optimizer
from glyphlab.train.step import Step, is_sharded


def report_net() -> Any:
    net = build_net(
        "report", height=20, width=24, heads=2, classes=4, head="flat",
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    return net.to(memory_format=torch.channels_last)


def stepped(kind: str, threads: int = 1) -> dict[str, Tensor]:
    """Weights after three steps of Adam, taken by `Step` or by torch's plain optimiser."""
    net, draw = report_net(), torch.Generator().manual_seed(1)
    if kind == "plain":
        optimizer: Any = torch.optim.Adam(
            net.parameters(), lr=1e-3, eps=KERAS_ADAM_EPSILON, fused=False, foreach=False
        )
    else:
        optimizer = build_optimizer("adam", net, rate=1e-3, weight_decay=0.0)
    net.shardable = kind == "sharded"
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with Step(net, optimizer, 0.1, "float32") as step:
            for _ in range(3):
                images = torch.randint(0, 256, (9, 1, 20, 24), dtype=torch.uint8, generator=draw)
                targets = torch.randint(0, 4, (9, 2), generator=draw)
                if kind == "plain":
                    optimizer.zero_grad()
                    classification_loss(net(images), targets, 0.1).backward()
                    optimizer.step()
                else:
                    loss, correct = step(images, targets, 1e-3)
                    assert 0 < loss < 10
                    assert 0 <= correct <= 9
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    return dict(net.state_dict())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", ["sharded", "whole"])
def test_steps_are_those_of_plain_adam(kind: str, threads: int) -> None:
    ours, plain = stepped(kind, threads), stepped("plain")
    for name, weights in ours.items():
        # Adam moves a weight by about its rate whatever the size of the gradient: where that is
        # almost nothing, rounding decides the direction. Few weights are so.
        near = (weights - plain[name]).abs() < 1e-5
        assert near.float().mean() > 0.995, name


def test_what_is_split_over_threads() -> None:
    net = report_net()
    assert is_sharded(net, "cpu", "float32") == available()
    assert not is_sharded(net, "cpu", "bfloat16")
    assert not is_sharded(net, "cuda", "float32")
    assert not is_sharded(torch.nn.Linear(1, 1), "cpu", "float32")
