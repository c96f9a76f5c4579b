"""Losses of the two players: by hand, by finite differences, and Keras's smoothing."""

from __future__ import annotations

import math

import pytest
import torch

from glyphlab._common.errors import UnknownName
from glyphlab.models.generators.losses import (
    BALANCE_RATE,
    LOSSES,
    adversarial_loss,
    moved_balance,
    of_discriminator,
    smoothed,
)

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
        "boundary-equilibrium": (-sum(r) / 3, -sum(m) / 3),
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


def test_one_sided_smoothing_leaves_the_targets_of_generated_images() -> None:
    """Salimans et al., 2016: 0.9 for real images, 0 for generated ones."""
    p, q = sigmoid(1.5), sigmoid(-0.4)
    expected = -(0.9 * math.log(p) + 0.1 * math.log(1 - p)) - math.log(1 - q)
    one, other = (torch.tensor([x], dtype=torch.float64) for x in (1.5, -0.4))
    for name in ("minimax", "non-saturating"):
        loss = adversarial_loss(name)
        found = of_discriminator(loss, one, other, 0.1, one_sided=True)
        assert float(found) == pytest.approx(expected)
        both = of_discriminator(loss, one, other, 0.1)
        assert float(both) == float(loss.discriminator(one, other, 0.1))


def test_boundary_equilibrium_by_hand() -> None:
    """Two steps of Berthelot et al.'s k, whose logits are errors of reconstruction times -1."""
    loss = adversarial_loss("boundary-equilibrium")
    real, generated = -torch.tensor([0.4, 0.6]), -torch.tensor([0.1, 0.2])
    balance = torch.zeros(())
    k = 0.0
    for _ in range(2):
        of_both = of_discriminator(loss, real, generated, balance.clone())
        assert float(of_both) == pytest.approx(0.5 - k * 0.15)
        k += BALANCE_RATE * (0.7 * 0.5 - 0.15)
        moved_balance(balance, real, generated, 0.7)
        assert float(balance) == pytest.approx(k)
    for logits, end in ((1e6 * real, 1.0), (-1e6 * real, 0.0)):
        assert float(moved_balance(balance, logits, generated, 0.7)) == end


@pytest.mark.parametrize("name", LOSSES)
def test_weights_are_of_pairs(name: str) -> None:
    """A weight of 2 and one of 0 are an image twice and one not at all; weights of 1 are none."""
    loss = adversarial_loss(name)
    weights = torch.tensor([2.0, 0.0, 1.0], dtype=torch.float64)
    rows = torch.tensor([0, 0, 2])
    found = of_discriminator(loss, REAL, MADE, 0.3, weights=weights)
    assert float(found) == pytest.approx(float(loss.discriminator(REAL[rows], MADE[rows], 0.3)))
    even = of_discriminator(loss, REAL, MADE, 0.3, weights=torch.ones(3, dtype=torch.float64))
    assert float(even) == pytest.approx(float(of_discriminator(loss, REAL, MADE, 0.3)))
    real = REAL.clone().requires_grad_(True)
    assert torch.autograd.gradcheck(
        lambda r, m: of_discriminator(loss, r, m, 0.3, weights=weights), (real, MADE)
    )
