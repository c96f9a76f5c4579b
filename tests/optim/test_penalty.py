"""Penalties on kernels."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from glyphlab.optim.regularization import NO_PENALTY, Penalty


def net() -> nn.Module:
    built = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(12, 2))
    draw = torch.Generator().manual_seed(0)
    for parameter in built.parameters():
        nn.init.uniform_(parameter, -1, 1, generator=draw)
    return built


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.7), (0.2, 0.1)])
def test_gradients_are_those_of_the_sum(l1: float, l2: float) -> None:
    built = net()
    kernels = [built[0].weight, built[3].weight]  # type: ignore[index]
    total = sum(l1 * k.abs().sum() + l2 * k.square().sum() for k in kernels)
    wanted = torch.autograd.grad(total, kernels)
    for parameter in built.parameters():
        parameter.grad = torch.ones_like(parameter)
    penalty = Penalty(l1, l2)
    assert penalty.add_gradients(built) == pytest.approx(float(total.detach()), rel=1e-6)
    assert penalty.of(built) == pytest.approx(float(total.detach()), rel=1e-6)
    for kernel, grad in zip(kernels, wanted, strict=True):
        torch.testing.assert_close(kernel.grad, grad + 1)
    for parameter in built.parameters():
        if parameter.ndim == 1:
            assert torch.equal(parameter.grad, torch.ones_like(parameter))


def test_no_penalty_looks_at_nothing() -> None:
    built = net()
    assert NO_PENALTY.add_gradients(built) == 0.0
    assert all(parameter.grad is None for parameter in built.parameters())
