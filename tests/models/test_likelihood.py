"""The likelihood of a derived label against adding up every reading by hand."""

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
    NEVER,
    _lags,
    _table,
    convolved,
    log_likelihood,
    log_likelihood_of_sum,
)
from glyphlab.tasks.labels import Rule, in_places, labels_of


def log_probabilities(count: int, symbols: int, classes: int, seed: int = 0) -> Tensor:
    logits = 3 * torch.randn(count, symbols, classes, generator=torch_rng(seed)).double()
    return torch.log_softmax(logits, 2)


def by_hand(rule: str, logs: Tensor, label: int, digits: int, signs: tuple[int, ...] = ()) -> float:
    """The logarithm of the total probability of the readings of one image that give a label."""
    total = 0.0
    for reading in itertools.product(range(logs.shape[1]), repeat=logs.shape[0]):
        if int(labels_of(rule, np.array([reading]), digits, signs)[0]) == label:  # type: ignore[arg-type]
            total += math.exp(sum(float(logs[at, one]) for at, one in enumerate(reading)))
    return math.log(total) if total else -math.inf


@pytest.mark.parametrize(
    ("rule", "symbols", "classes", "digits", "signs"),
    [
        ("sum", 2, 10, 1, ()),
        ("sum", 3, 10, 1, ()),
        ("sum", 4, 10, 2, ()),
        ("sum", 3, 4, 1, ()),
        ("product", 2, 10, 1, ()),
        ("difference", 2, 10, 1, ()),
        ("difference", 4, 10, 2, ()),
        ("difference", 6, 5, 1, ()),
        ("signed-sum", 2, 10, 1, (1, -1)),
        ("signed-sum", 3, 10, 1, (-1, 1, 1)),
        ("signed-sum", 3, 10, 1, (-1, -1, -1)),
        ("signed-sum", 4, 10, 2, (-1, 1)),
        ("signed-sum", 4, 10, 2, (-1, -1)),
        ("signed-sum", 3, 4, 1, (1, -1, 1)),
    ],
)
def test_every_label_has_the_probability_of_its_readings(
    rule: str, symbols: int, classes: int, digits: int, signs: tuple[int, ...]
) -> None:
    logs = log_probabilities(1, symbols, classes)
    readings = np.indices((classes,) * symbols).reshape(symbols, -1).T
    possible = np.unique(labels_of(rule, readings, digits, signs))  # type: ignore[arg-type]
    chosen = possible if symbols < 4 else possible[:: len(possible) // 6]
    every = torch.from_numpy(possible)
    found = log_likelihood(rule, logs.expand(len(every), -1, -1), every, digits, signs)  # type: ignore[arg-type]
    np.testing.assert_allclose(torch.logsumexp(found, 0), 0.0, atol=1e-9)
    at = {int(label): float(value) for label, value in zip(every, found, strict=True)}
    for label in chosen.tolist():
        assert at[label] == pytest.approx(by_hand(rule, logs[0], label, digits, signs), abs=1e-9)
    beyond = torch.tensor([int(possible.min()) - 1, int(possible.max()) + 1])
    outside = log_likelihood(rule, logs.expand(2, -1, -1), beyond, digits, signs)  # type: ignore[arg-type]
    assert (outside <= NEVER / 2).all()


@settings(max_examples=30, deadline=None)
@given(digits=st.integers(1, 2), terms=st.integers(2, 2), seed=st.integers(0, 99))
def test_a_difference_by_carries_is_one_by_enumeration(digits: int, terms: int, seed: int) -> None:
    logs = log_probabilities(5, terms * digits, 10, seed)
    labels = torch.from_numpy(labels_of("difference", logs.argmax(2).numpy(), digits))
    by_carries = log_likelihood_of_sum(logs, labels, digits, (1, *[-1] * (terms - 1)))
    torch.testing.assert_close(log_likelihood("difference", logs, labels, digits), by_carries)
    in_signs = log_likelihood("signed-sum", logs, labels, digits, (1, *[-1] * (terms - 1)))
    assert torch.equal(in_signs, by_carries)


def test_named_symbols_are_the_plain_likelihood() -> None:
    logs = log_probabilities(5, 3, 10)
    labels = torch.randint(0, 10, (5, 3), generator=torch_rng(1))
    expected = [sum(float(logs[n, k, labels[n, k]]) for k in range(3)) for n in range(5)]
    np.testing.assert_allclose(log_likelihood("digits", logs, labels), expected)


def test_labels_that_nothing_gives_are_never_likely() -> None:
    logs = log_probabilities(3, 4, 10)
    sums = torch.tensor([199, -1, 10**9])
    assert (log_likelihood_of_sum(logs, sums, 2) <= NEVER / 2).all()
    primes = log_likelihood("product", logs[:, :2], torch.tensor([11, 13, 17]))
    assert (primes <= NEVER / 2).all()


@pytest.mark.parametrize(
    ("rule", "symbols", "digits", "labels"),
    [
        ("sum", 2, 1, [0, 7, 18]),
        ("sum", 4, 2, [0, 99, 198]),
        ("sum", 3, 1, [1, 13, 27]),
        ("product", 2, 1, [0, 12, 81]),
        ("difference", 2, 1, [-9, 0, 5]),
        ("difference", 6, 3, [-999, 0, 5]),
        ("signed-sum", 4, 2, [-198, 0, -5]),
    ],
)
def test_gradients(rule: str, symbols: int, digits: int, labels: list[int]) -> None:
    signs = (-1,) * (symbols // digits) if rule == "signed-sum" else ()
    logits = torch.randn(3, symbols, 10, generator=torch_rng(2)).double().requires_grad_()

    def likelihood(values: Tensor) -> Tensor:
        logs = torch.log_softmax(values, 2)
        return log_likelihood(rule, logs, torch.tensor(labels), digits, signs)  # type: ignore[arg-type]

    assert torch.autograd.gradcheck(likelihood, (logits,))


def test_gradients_are_finite_where_a_reading_is_impossible() -> None:
    logs = torch.full((1, 2, 10), NEVER, requires_grad=True)
    log_likelihood_of_sum(logs, torch.tensor([18])).sum().backward()
    assert logs.grad is not None
    assert torch.isfinite(logs.grad).all()


@settings(max_examples=40, deadline=None)
@given(
    digits=st.integers(1, 15),
    terms=st.integers(2, 4),
    seed=st.integers(0, 2**16),
)
def test_certain_digits_make_their_sum_certain(digits: int, terms: int, seed: int) -> None:
    symbols = torch.randint(0, 10, (2, terms * digits), generator=torch_rng(seed))
    logs = torch.full((2, terms * digits, 10), NEVER).scatter(2, symbols.unsqueeze(2), 0.0)
    sums = torch.from_numpy(labels_of("sum", symbols.numpy(), digits))
    np.testing.assert_allclose(log_likelihood_of_sum(logs, sums, digits), 0.0, atol=1e-5)
    assert (log_likelihood_of_sum(logs, sums + 1, digits) <= NEVER / 2).all()


@settings(max_examples=40, deadline=None)
@given(
    digits=st.integers(1, 18),
    terms=st.integers(2, 4),
    offset=st.integers(-2, 2),
    seed=st.integers(0, 2**16),
)
def test_sums_in_places_are_as_likely_as_sums(
    digits: int, terms: int, offset: int, seed: int
) -> None:
    logs = log_probabilities(3, terms * digits, 10, seed)
    sums = labels_of("sum", logs.argmax(2).numpy(), digits) + offset
    places = torch.from_numpy(in_places(sums, digits))
    expected = log_likelihood_of_sum(logs, torch.from_numpy(sums.astype(np.int64)), digits)
    assert torch.equal(log_likelihood_of_sum(logs, places, digits), expected)


@settings(max_examples=30, deadline=None)
@given(
    digits=st.one_of(st.integers(19, 30), st.integers(19, 400)),
    terms=st.integers(2, 3),
    open_=st.integers(0, 5),
    seed=st.integers(0, 2**16),
    signed=st.booleans(),
)
def test_long_sums_against_all_readings_of_a_few_open_symbols(
    digits: int, terms: int, open_: int, seed: int, signed: bool
) -> None:
    """Every symbol is certain but a few, each of two or three: all readings are tried."""
    rng = np.random.default_rng(seed)
    count = terms * digits
    signs = tuple(rng.choice([1, -1], terms).tolist()) if signed else (1,) * terms
    probable = np.zeros((count, 10))
    probable[np.arange(count), rng.integers(0, 10, count)] = 1
    for place in rng.choice(count, open_, replace=False):
        some = rng.choice(10, rng.integers(2, 4), replace=False)
        probable[place] = 0
        probable[place, some] = rng.dirichlet(np.ones(len(some)))
    chances: dict[int, float] = {}
    for reading in itertools.product(*(np.flatnonzero(row).tolist() for row in probable)):
        text = "".join(map(str, reading))
        starts = zip(signs, range(0, count, digits), strict=True)
        total = sum(sign * int(text[at : at + digits]) for sign, at in starts)
        chance = math.prod(float(probable[at, one]) for at, one in enumerate(reading))
        chances[total] = chances.get(total, 0.0) + chance
    most = terms * 10**digits
    sums = [*chances, max(chances) + 1, -most, most, 10 ** (digits + 30), -(10 ** (digits + 30))]
    with np.errstate(divide="ignore"):
        logs = torch.from_numpy(np.log(probable)).clamp_min(NEVER).expand(len(sums), -1, -1)
    places = torch.from_numpy(in_places(np.array(sums, object), digits))
    rule = "signed-sum" if signed else "sum"
    found = log_likelihood(rule, logs, places, digits, signs if signed else ())  # type: ignore[arg-type]
    for total, log in zip(sums, found.tolist(), strict=True):
        if total in chances:
            assert log == pytest.approx(math.log(chances[total]), abs=1e-9)
        else:
            assert log <= NEVER / 2


def test_the_sums_of_long_numbers_in_single_precision() -> None:
    logs = log_probabilities(4, 30, 10, seed=3)
    sums = torch.from_numpy(labels_of("sum", logs.argmax(2).numpy(), 15))
    double = log_likelihood_of_sum(logs, sums, 15)
    np.testing.assert_allclose(log_likelihood_of_sum(logs.float(), sums, 15), double, rtol=1e-5)
    assert (double < 0).all()


def test_convolution() -> None:
    logs = log_probabilities(2, 3, 4)
    expected = np.stack(
        [
            np.convolve(np.convolve(a, b), c)
            for a, b, c in torch.exp(logs).numpy()
        ]
    )  # fmt: skip
    np.testing.assert_allclose(torch.exp(convolved(logs)), expected)


@pytest.mark.parametrize(("rule", "label"), [("sum", 9), ("product", 12)])
def test_what_is_kept_takes_part_in_gradients_later(rule: Rule, label: int) -> None:
    labels = torch.tensor([label])
    for kept in (_lags, _table):
        kept.cache_clear()
    with torch.inference_mode():
        log_likelihood(rule, log_probabilities(1, 3, 10), labels)
    logs = log_probabilities(1, 3, 10).requires_grad_()
    log_likelihood(rule, logs, labels).sum().backward()
    assert logs.grad is not None
    assert float(logs.grad.abs().sum()) > 0
