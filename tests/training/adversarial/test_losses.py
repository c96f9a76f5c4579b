"""Losses of the two players: by hand, by finite differences, and Keras's smoothing."""

from __future__ import annotations

import math

import pytest
import torch

from glyphlab._common.errors import UnknownName
from glyphlab.models.generators.losses import LOSSES, adversarial_loss, smoothed

REAL = torch.tensor([1.5, -0.3, 0.2], dtype=torch.float64)
MADE = torch.tensor([-2.0, 0.4, 0.1], dtype=torch.float64)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize("name", LOSSES)
def test_gradients(name: str) -> None:
    loss = adversarial_loss(name)
    real, generated = (x.clone().requires_grad_(True) for x in (REAL, MADE))
    assert torch.autograd.gradcheck(lambda r, m: loss.discriminator(r, m, 0.0), (real, generated))
    assert torch.autograd.gradcheck(lambda m: loss.generator(m, REAL), (generated,))


@pytest.mark.parametrize("name", LOSSES)
def test_players_pull_apart(name: str) -> None:
    """The discriminator gains by a higher logit of real, the generator by a higher one of made."""
    loss = adversarial_loss(name)
    better = loss.discriminator(REAL + 0.1, MADE, 0.0) < loss.discriminator(REAL, MADE, 0.0)
    assert bool(better)
    assert bool(loss.generator(MADE + 0.1, REAL) < loss.generator(MADE, REAL))


def test_by_hand() -> None:
    r, m = REAL.tolist(), MADE.tolist()
    expected = {
        "minimax": (
            -sum(math.log(sigmoid(x)) for x in r) / 3
            - sum(math.log(1 - sigmoid(x)) for x in m) / 3,
            sum(math.log(1 - sigmoid(x)) for x in m) / 3,
        ),
        "non-saturating": (
            -sum(math.log(sigmoid(x)) for x in r) / 3
            - sum(math.log(1 - sigmoid(x)) for x in m) / 3,
            -sum(math.log(sigmoid(x)) for x in m) / 3,
        ),
        "least-squares": (
            sum((x - 1) ** 2 for x in r) / 6 + sum(x**2 for x in m) / 6,
            sum((x - 1) ** 2 for x in m) / 6,
        ),
        "hinge": (
            sum(max(0, 1 - x) for x in r) / 3 + sum(max(0, 1 + x) for x in m) / 3,
            -sum(m) / 3,
        ),
        "wasserstein": (sum(m) / 3 - sum(r) / 3, -sum(m) / 3),
        "relativistic": (
            -sum(math.log(sigmoid(x - y)) for x, y in zip(r, m, strict=True)) / 3,
            -sum(math.log(sigmoid(y - x)) for x, y in zip(r, m, strict=True)) / 3,
        ),
    }
    assert expected.keys() == set(LOSSES)
    for name, (discriminator, generator) in expected.items():
        loss = adversarial_loss(name)
        assert float(loss.discriminator(REAL, MADE, 0.0)) == pytest.approx(discriminator)
        assert float(loss.generator(MADE, REAL)) == pytest.approx(generator)


def test_smoothing_is_keras_s() -> None:
    """0.9 gives 0.55 and 0.45, as BinaryCrossentropy(label_smoothing=0.9) does."""
    assert smoothed(1, 0.9) == pytest.approx(0.55)
    assert smoothed(0, 0.9) == pytest.approx(0.45)
    at = torch.zeros(2, dtype=torch.float64)
    loss = adversarial_loss("non-saturating").discriminator
    assert float(loss(at, at, 0.9)) == pytest.approx(2 * math.log(2))
    p = sigmoid(1.5)
    expected = -(0.55 * math.log(p) + 0.45 * math.log(1 - p))
    only = torch.tensor([1.5], dtype=torch.float64)
    generated = torch.tensor([0.0], dtype=torch.float64)
    assert float(loss(only, generated, 0.9)) == pytest.approx(expected + math.log(2))


def test_an_unknown_loss_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'hinge'"):
        adversarial_loss("hinges")
