"""One step: split over threads or not, compiled or not, the same step."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from glyphlab.backends import reason_against
from glyphlab.models import MultiHead, build_net
from glyphlab.models.strategies.class_losses import classification_loss
from glyphlab.models.strategies.marginal import MarginalLikelihood
from glyphlab.optim.optimizers import KERAS_ADAM_EPSILON, build_optimizer
from glyphlab.optim.regularization import Penalty
from glyphlab.tasks import Scene
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.trainers.gradient.step import Step, is_sharded

STRATEGY = MultiHead(2, 4)


def report_net() -> Any:
    net = build_net(
        "triple-mnist-cnn", height=20, width=24, heads=2, classes=4, head="flat",
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
        with Step(net, optimizer, STRATEGY, 0.1, "float32") as step:
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


@pytest.mark.skipif(bool(reason_against()), reason=reason_against())
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_as_many_shards_as_torch_has_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    net, before = report_net(), torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        optimizer = build_optimizer("adam", net, rate=1e-3, weight_decay=0.0)
        with Step(net, optimizer, STRATEGY, 0.1, "float32") as step:
            assert step.shards is not None
            assert step.shards.workers == threads
    finally:
        torch.set_num_threads(before)


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
    assert is_sharded(net, "cpu", "float32") == (not reason_against())
    assert not is_sharded(net, "cpu", "bfloat16")
    assert not is_sharded(net, "cuda", "float32")
    assert not is_sharded(torch.nn.Linear(1, 1), "cpu", "float32")


@pytest.mark.parametrize("numbers", [16, 17])
def test_a_loss_that_looks_across_the_batch_is_not_split(numbers: int) -> None:
    strategy = MarginalLikelihood(Scene.in_grid("sums", numbers, 1, cell=(6, 6), rule="sum"), 3)
    draw = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (8, 1, 6 * numbers, 6), dtype=torch.uint8, generator=draw)
    targets = torch.randint(0, 2 * numbers, (8, 1), generator=draw)
    found: list[list[Tensor]] = []
    for threads in (1, 2):
        net: Any = build_net(
            "layers", height=6 * numbers, width=6, heads=numbers, classes=3, head="cells",
            cells=strategy.cells, layers=["conv 4 3", "dense 5"],
            generator=torch.Generator().manual_seed(0),
        )  # fmt: skip
        optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            engine = engine_for("cpu", "float32", net, strategy=strategy)
            with Step(net, optimizer, strategy, 0.0, "float32") as step:
                step(images, targets, 0.0)
                split = step.shards is not None
        finally:
            torch.set_num_threads(before)
        assert split == (engine.backend == "numba") == (numbers <= 16 and not reason_against())
        found.append([p.grad for p in net.parameters()])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("cells", [(1, 1), (2, 1)])
@pytest.mark.parametrize("kind", ["sharded", "whole"])
def test_masks_and_penalty_in_a_step(kind: str, cells: tuple[int, int]) -> None:
    net: Any = build_net(
        "layers", height=9 * cells[0], width=9, heads=cells[0], classes=3, head="flat",
        layers=["conv 4 3", "pool 2", "dropout 0.5", "dense 6", "dropout 0.25"], cells=cells,
        generator=torch.Generator().manual_seed(0),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    net.shardable = kind == "sharded"
    draw = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (9, 1, 9 * cells[0], 9), dtype=torch.uint8, generator=draw)
    targets = torch.randint(0, 3, (9, cells[0]), generator=draw)

    def seeded() -> torch.Generator:
        return torch.Generator().manual_seed(5)

    # by hand: the masks of the whole batch, the penalty through autograd
    logits = net.train()(images, net.draw_masks(9, seeded()))
    kernels = [p for p in net.parameters() if p.ndim > 1]
    by_hand = classification_loss(logits, targets, 0.1)
    by_hand = by_hand + sum(0.1 * k.abs().sum() + 0.2 * k.square().sum() for k in kernels)
    wanted = torch.autograd.grad(by_hand, list(net.parameters()))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
    with Step(net, optimizer, STRATEGY, 0.1, "float32", Penalty(0.1, 0.2)) as step:
        loss, _ = step(images, targets, 0.0, seeded())
    assert loss == pytest.approx(float(by_hand.detach()), rel=1e-5)
    for parameter, grad in zip(net.parameters(), wanted, strict=True):
        torch.testing.assert_close(parameter.grad, grad, atol=1e-5, rtol=1e-4)
