"""The sum of many symbols against convolutions in logarithms, and against itself."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from glyphlab._common.seeds import torch_rng
from glyphlab.models.strategies.likelihood import (
    MANY,
    NEVER,
    convolved,
    log_likelihood,
    log_likelihood_of_sum,
)
from glyphlab.models.strategies.sums_of_many import log_likelihood_of_many


def log_probabilities(symbols: int, classes: int, sharpness: float, seed: int = 0) -> Tensor:
    logits = torch.randn(1, symbols, classes, generator=torch_rng(seed)).double()
    return torch.log_softmax(sharpness * logits, 2)


def of_sums(logs: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
    return log_likelihood_of_many(logs.expand(len(sums), -1, -1), sums)


@settings(max_examples=10, deadline=None)
@given(
    symbols=st.integers(1, 40),
    classes=st.integers(2, 10),
    sharpness=st.sampled_from([0.0, 1.0, 5.0, 30.0]),
    seed=st.integers(0, 99),
)
def test_every_sum_however_unlikely_is_as_likely_as_by_logarithms(
    symbols: int, classes: int, sharpness: float, seed: int
) -> None:
    logs = log_probabilities(symbols, classes, sharpness, seed)
    sums = torch.linspace(0, symbols * (classes - 1), 9).long()
    found, sound = of_sums(logs, sums)
    expected = convolved(logs)[0, sums]
    # what is tilted onto a sum that hardly any reading has is right to 1e-7 of itself alone
    exact = 1e-9 if sharpness <= 1.0 else 2e-7
    np.testing.assert_allclose(found[sound], expected[sound], rtol=1e-10, atol=exact)
    assert sound.all() or sharpness >= 5.0


def test_a_sum_beside_likely_ones_is_right_to_rounding_of_the_transform() -> None:
    logs = log_probabilities(2, 6, 30.0, 6)
    sums = torch.tensor([6, 8])
    found, sound = of_sums(logs, sums)
    assert sound.all()
    np.testing.assert_allclose(found, convolved(logs)[0, sums], rtol=0, atol=2e-7)


def test_a_few_symbols_by_hand() -> None:
    logs = log_probabilities(4, 3, 2.0)
    chances = [0.0] * 9
    for reading in itertools.product(range(3), repeat=4):
        chances[sum(reading)] += math.exp(sum(float(logs[0, k, v]) for k, v in enumerate(reading)))
    found, sound = of_sums(logs, torch.arange(9))
    np.testing.assert_allclose(found.exp(), chances, rtol=1e-12)
    assert sound.all()


def test_the_sums_of_1024_digits_have_a_probability_of_one_together() -> None:
    logs = log_probabilities(1_024, 10, 3.0)
    middle = int((logs.exp() @ torch.arange(10.0).double()).sum())
    near = torch.arange(middle - 700, middle + 700, 7)
    found, sound = log_likelihood_of_many(logs.expand(len(near), -1, -1), near)
    assert sound.all()
    assert float(torch.logsumexp(found, 0).exp()) == pytest.approx(1 / 7, rel=1e-9)


def test_gradients_are_those_by_logarithms() -> None:
    logits = 4 * torch.randn(4, 2 * MANY, 10, generator=torch_rng(1)).double()
    logits.requires_grad_()
    sums = torch.tensor([5, 18 * MANY, 150, 200])

    def gradient(found: Tensor) -> Tensor:
        return torch.autograd.grad(found.sum(), logits)[0]

    in_tree = gradient(log_likelihood_of_sum(torch.log_softmax(logits, 2), sums))
    by_one = gradient(convolved(torch.log_softmax(logits, 2)).gather(1, sums[:, None]))
    np.testing.assert_allclose(in_tree, by_one, rtol=1e-9, atol=1e-12)


def test_gradients_of_single_precision_are_posteriors() -> None:
    """What a symbol is, given the sum: 1 together, and of the sum's mean."""
    logits = torch.randn(2, 1_024, 10, generator=torch_rng(2), requires_grad=True)
    logs = torch.log_softmax(logits, 2)
    logs.retain_grad()
    sums = torch.tensor([4_000, 5_000])
    log_likelihood_of_sum(logs, sums).sum().backward()  # type: ignore[no-untyped-call]
    assert logs.grad is not None
    np.testing.assert_allclose(logs.grad.sum(2), 1.0, atol=1e-5)
    means = (logs.grad.double() @ torch.arange(10.0).double()).sum(1)
    np.testing.assert_allclose(means, sums, rtol=1e-5)


@pytest.mark.parametrize("far", [-1, 9 * 40 + 1, 10**9])
def test_sums_beyond_all_are_never_likely(far: int) -> None:
    logs = log_probabilities(40, 10, 1.0)
    assert (log_likelihood("sum", logs, torch.tensor([far])) <= NEVER / 2).all()


def test_certain_symbols_and_a_lattice_are_exact_too() -> None:
    symbols = torch.randint(0, 10, (2, 40), generator=torch_rng(3))
    logs = torch.full((2, 40, 10), NEVER).scatter(2, symbols[:, :, None], 0.0)
    sums = symbols.sum(1)
    np.testing.assert_allclose(log_likelihood("sum", logs, sums), 0.0, atol=1e-5)
    assert (log_likelihood("sum", logs, sums + 1) <= NEVER / 2).all()
    odd = torch.full((1, 20, 10), math.log(1e-14)).double()
    odd[:, :, ::2] = math.log(0.2)
    found = log_likelihood("sum", odd, torch.tensor([91]))
    np.testing.assert_allclose(found, convolved(odd)[:, 91], rtol=1e-12)


def test_taken_away_digits() -> None:
    logs = log_probabilities(2 * MANY, 10, 2.0, seed=4).expand(3, -1, -1)
    signs = [1, -1] * MANY
    sums = torch.tensor([-40, 0, 77])
    turned = torch.stack(
        [one if s > 0 else one.flip(1) for one, s in zip(logs.unbind(1), signs, strict=True)], 1
    )
    expected = convolved(turned).gather(1, (sums + 9 * MANY)[:, None])[:, 0]
    found = log_likelihood("signed-sum", logs, sums, 1, signs)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
