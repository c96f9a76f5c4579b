"""Adam over threads: torch's own steps, whoever takes them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from glyphlab.backends import Shards
from glyphlab.optim.threaded_adam import ThreadedAdam


def net(kind: torch.dtype = torch.float32) -> nn.Module:
    torch_net = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Linear(7, 33), nn.Linear(1, 1))
    rng = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in torch_net.parameters():
            parameter.normal_(generator=rng)
    return torch_net.to(dtype=kind, memory_format=torch.channels_last)


def groups(module: nn.Module) -> list[dict[str, Any]]:
    parameters = list(module.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.ndim == 1], "lr": 3e-3, "weight_decay": 0.0},
    ]


def give_gradients(module: nn.Module, step: int) -> None:
    rng = torch.Generator().manual_seed(step)
    for parameter in module.parameters():
        parameter.grad = torch.empty_like(parameter).copy_(
            torch.randn(parameter.shape, generator=rng)
        )


def run(module: nn.Module, optimizer: Any, first: int, last: int, workers: int | None) -> None:
    with Shards(workers or 1) as shards:
        for step in range(first, last):
            give_gradients(module, step)
            if workers is None:
                optimizer.step()
            else:
                optimizer.step_over(shards)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_steps_are_those_of_torch(kind: torch.dtype, workers: int, apart: bool) -> None:
    mine, theirs = net(kind), net(kind)
    base = torch.optim.AdamW if apart else torch.optim.Adam
    ours = ThreadedAdam(groups(mine), lr=1e-2, eps=1e-7, decoupled_weight_decay=apart, fused=True)
    plain = base(groups(theirs), lr=1e-2, eps=1e-7, foreach=False)
    run(mine, ours, 0, 5, workers)
    run(theirs, plain, 0, 5, None)
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
        for key, value in plain.state[b].items():
            torch.testing.assert_close(ours.state[a][key], value, rtol=1e-5, atol=1e-6)
            assert ours.state[a][key].stride() == value.stride()


def test_what_one_left_the_other_takes_up() -> None:
    whole, split = net(), net()
    one = ThreadedAdam(groups(whole), lr=1e-2, fused=True)
    run(whole, one, 0, 6, 2)
    first = ThreadedAdam(groups(split), lr=1e-2, fused=True)
    run(split, first, 0, 3, 2)
    second = ThreadedAdam(groups(split), lr=1e-2, fused=True)
    second.load_state_dict(first.state_dict())
    run(split, second, 3, 6, 2)
    for a, b in zip(whole.parameters(), split.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_parameter_without_gradient_stays() -> None:
    module = net()
    optimizer = ThreadedAdam(groups(module), lr=1e-2, fused=True)
    give_gradients(module, 0)
    still, moving = list(module.parameters())[:2]
    before, other = still.detach().clone(), moving.detach().clone()
    still.grad = None
    with Shards(2) as shards:
        optimizer.step_over(shards)
    assert torch.equal(still, before)
    assert not torch.equal(moving, other)


def test_without_kernels_it_is_the_plain_step(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = net(), net()
    monkeypatch.setenv("GLYPHLAB_BACKEND", "torch")
    run(mine, ThreadedAdam(groups(mine), lr=1e-2, fused=True), 0, 3, 2)
    run(theirs, torch.optim.Adam(groups(theirs), lr=1e-2, fused=True), 0, 3, None)
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)
