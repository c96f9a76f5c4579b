"""Muon: what a step is, to the formula, and that it goes on where it stopped."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import torch_rng
from glyphlab.models import FastNet, build_net
from glyphlab.optim.muon import ITERATIONS, MOMENTUM, RATE_RATIO, Muon, orthogonalised
from glyphlab.optim.optimizers import build_optimizer


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10_000))
def test_orthogonalised_keeps_the_directions_and_evens_the_sizes(m: int, n: int, seed: int) -> None:
    matrix = torch.randn(m, n, generator=torch_rng(seed), dtype=torch.float64)
    out = orthogonalised(matrix, 12)
    assert out.shape == matrix.shape
    u, sizes, v = torch.linalg.svd(matrix, full_matrices=False)
    turned = u.T @ out @ v.T  # diagonal where the singular vectors are the same
    kept = sizes > 1e-3 * sizes[0]
    found = turned.diagonal()[kept]
    assert ((found > 0.6) & (found < 1.3)).all()
    torch.testing.assert_close(turned - turned.diagonal().diag(), torch.zeros_like(turned))


def test_a_step_is_the_formula() -> None:
    draw = torch_rng(3)
    bank = torch.randn(4, 3, 3, 3, generator=draw)
    parameter = torch.nn.Parameter(bank.clone().contiguous(memory_format=torch.channels_last))
    optimizer = Muon([parameter], [], lr=0.01, fused=True)
    momentum = np.zeros((4, 27))
    expected = bank.numpy().reshape(4, 27).astype(np.float64)
    for _ in range(3):
        grad = torch.randn(4, 3, 3, 3, generator=draw)
        parameter.grad = grad.contiguous(memory_format=torch.channels_last)
        optimizer.step()
        assert parameter.grad is None
        flat = grad.numpy().reshape(4, 27).astype(np.float64)
        momentum = MOMENTUM * momentum + flat
        expected *= 2.0 / np.linalg.norm(expected)  # the root of four rows
        expected -= 0.01 * RATE_RATIO * newton_schulz(flat + MOMENTUM * momentum)
    np.testing.assert_allclose(parameter.detach().reshape(4, 27), expected, atol=1e-5)


def newton_schulz(x: np.ndarray) -> np.ndarray:
    """By singular values: each goes through the polynomial, the vectors stay."""
    u, s, v = np.linalg.svd(x, full_matrices=False)
    s = s / np.linalg.norm(s)
    for _ in range(ITERATIONS):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return (u * s) @ v


def test_scale_of_a_bank_has_no_effect_on_the_net() -> None:
    net = fast_net().train()
    images = torch.rand(8, 1, 12, 12, generator=torch_rng(1))
    before = net(images)
    banks = net.scale_free_weights
    assert len(banks) == 3
    with torch.no_grad():
        for bank in banks:
            bank.mul_(3.0)
    torch.testing.assert_close(net(images), before, rtol=1e-3, atol=1e-3)


def test_the_rest_moves_as_adamw_moves_it() -> None:
    ours, theirs = fast_net(), fast_net()
    with_muon = build_optimizer("muon", ours, rate=0.1, weight_decay=0.3)
    alone = build_optimizer("adamw", theirs, rate=0.1, weight_decay=0.3)
    draw = torch_rng(5)
    for _ in range(2):
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            mine.grad = torch.empty_like(mine).copy_(torch.rand(mine.shape, generator=draw))
            other.grad = mine.grad.clone()
        with_muon.step()
        alone.step()
    banks = {id(bank) for bank in ours.scale_free_weights}
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, other) == (id(mine) not in banks)


def test_a_net_without_norms_is_refused() -> None:
    net = build_net(
        "triple-mnist-cnn",
        height=28,
        width=28,
        heads=1,
        classes=10,
        head="flat",
        generator=torch_rng(0),
    )
    with pytest.raises(RecipeError, match="adamw"):
        build_optimizer("muon", net, rate=0.1, weight_decay=0.0)


def fast_net() -> FastNet:
    net = FastNet(12, 12, 1, 3, torch_rng(0, "init"), channels=2)
    moved: FastNet = net.to(memory_format=torch.channels_last)
    return moved
