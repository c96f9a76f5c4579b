"""Keras's optimisers against their formulas, written out in NumPy with 64 bits."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from glyphlab.optim.optimizers import build_optimizer

STEPS, RATE = 7, 0.05


def gradients() -> list[NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    scales = np.array([1e-8, 1e-4, 1.0, 1e3])  # also where epsilon decides
    return [rng.normal(size=(3, 4)) * scales for _ in range(STEPS)]


def rmsprop(w: NDArray[np.float64], decay: float) -> NDArray[np.float64]:
    v = np.zeros_like(w)
    for gradient in gradients():
        g = gradient + decay * w
        v = 0.9 * v + 0.1 * g**2
        w = w - RATE * g / np.sqrt(v + 1e-7)
    return w


def nadam(w: NDArray[np.float64], decay: float) -> NDArray[np.float64]:
    m, v, product = np.zeros_like(w), np.zeros_like(w), 1.0
    for t, gradient in enumerate(gradients(), start=1):
        g = gradient + decay * w
        now, ahead = (0.9 * (1 - 0.5 * 0.96**k) for k in (t, t + 1))
        product *= now
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = ahead * m / (1 - product * ahead) + (1 - now) * g / (1 - product)
        w = w - RATE * m_hat / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    return w


FORMULAS = {"nadam": nadam, "rmsprop": rmsprop}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_steps_follow_the_formula(name: str, decay: float) -> None:
    layer = nn.Linear(4, 3)
    nn.init.uniform_(layer.weight, -1, 1, generator=torch.Generator().manual_seed(0))
    first = layer.weight.detach().double().numpy().copy()
    bias = layer.bias.detach().clone()
    optimizer = build_optimizer(name, layer, rate=RATE, weight_decay=decay)
    for gradient in gradients():
        layer.weight.grad = torch.from_numpy(gradient).float()
        optimizer.step()
    wanted = torch.from_numpy(FORMULAS[name](first, decay)).float()
    torch.testing.assert_close(layer.weight.detach(), wanted, rtol=1e-4, atol=1e-6)
    assert torch.equal(layer.bias, bias)  # it had no gradient


@pytest.mark.parametrize("name", FORMULAS)
def test_only_kernels_decay(name: str) -> None:
    layer = nn.Linear(4, 3)
    nn.init.constant_(layer.weight, -1.5)
    nn.init.constant_(layer.bias, 2.0)
    optimizer = build_optimizer(name, layer, rate=RATE, weight_decay=0.5)
    layer.weight.grad, layer.bias.grad = torch.zeros(3, 4), torch.zeros(3)
    optimizer.step()
    assert torch.equal(layer.bias, torch.full((3,), 2.0))
    assert (layer.weight > -1.5).all()


@pytest.mark.parametrize("name", FORMULAS)
def test_state_taken_up_goes_on_to_the_same_bits(name: str) -> None:
    def run(stop: int | None) -> torch.Tensor:
        weight = nn.Parameter(torch.linspace(-1, 1, 12).reshape(3, 4))
        holder = nn.ParameterDict({"w": weight})
        optimizer = build_optimizer(name, holder, rate=RATE, weight_decay=0.1)
        for number, gradient in enumerate(gradients()):
            if number == stop:
                kept = optimizer.state_dict()
                optimizer = build_optimizer(name, holder, rate=RATE, weight_decay=0.1)
                optimizer.load_state_dict(kept)
            weight.grad = torch.from_numpy(gradient).float()
            optimizer.step()
        return weight.detach()

    assert torch.equal(run(None), run(4))
