"""Penalties against a discriminator whose gradient is known, and by finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from glyphlab.models.generators.penalties import gradient_penalty, squared_gradients

WEIGHTS = torch.arange(1.0, 5.0, dtype=torch.float64).view(1, 1, 2, 2)


def linear(images: Tensor) -> Tensor:
    return (images * WEIGHTS.to(images.dtype)).sum(dim=(1, 2, 3))


def curved(images: Tensor) -> Tensor:
    return (images.pow(3) * WEIGHTS.to(images.dtype)).sum(dim=(1, 2, 3))


def images(count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 1, 2, 2, generator=generator, dtype=torch.float64)


def test_squared_gradients_of_a_plane() -> None:
    at = images(3).requires_grad_(True)
    assert float(squared_gradients(linear(at), [at]).detach()) == pytest.approx(1 + 4 + 9 + 16)
    other = images(2, 1).requires_grad_(True)
    both = squared_gradients(torch.cat([linear(at), linear(other)]), [at, other])
    assert float(both.detach()) == pytest.approx(60)


def test_squared_gradients_can_be_differentiated() -> None:
    scale = torch.ones((), dtype=torch.float64, requires_grad=True)

    def penalty(scale: Tensor) -> Tensor:
        at = images(3).requires_grad_(True)
        return squared_gradients(scale * curved(at), [at])

    assert torch.autograd.gradcheck(penalty, (scale,))


def test_gradient_penalty() -> None:
    """A plane's gradient has one length everywhere; it costs the square of its distance from 1."""
    real, generated = images(5), images(5, 1)
    length = 30**0.5
    found = gradient_penalty(linear, real, generated, torch.Generator().manual_seed(0))
    assert float(found.detach()) == pytest.approx((length - 1) ** 2)
