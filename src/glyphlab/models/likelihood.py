"""The exact likelihood of a label that was computed from symbols nobody names.

A reader gives a distribution over classes for each symbol; the label is a function of the symbols.
The likelihood of the label is the total probability of all readings that give it, and its gradient
teaches the reader the symbols (Manhaeve et al., *DeepProbLog*, 2018). Nothing is sampled.

Everything is in logarithms, and an impossible reading has the finite logarithm `NEVER`, so that no
gradient becomes NaN.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from glyphlab.compose.labels import Rule, all_tuples, labels_of

__all__ = ["NEVER", "convolved", "log_likelihood", "log_likelihood_of_sum"]

NEVER = -1e30
"""Logarithm of a probability of zero."""


def log_likelihood(rule: Rule, logs: Tensor, labels: Tensor, digits: int = 1) -> Tensor:
    """Return the logarithm of the probability of each label.

    Parameters
    ----------
    rule : {'difference', 'digits', 'product', 'sum'}
        How labels come of symbols, as in `glyphlab.compose.labels.labels_of`.
    logs : (n, k, classes) float tensor
        Log-probabilities of the symbols.
    labels : (n,) int64 tensor, (n, k) for ``'digits'``
        Of ``'sum'`` also in places, as `log_likelihood_of_sum` takes them.
    digits : int
        Symbols of a number.

    Returns
    -------
    (n,) tensor of the type of `logs`
        At most 0; about `NEVER` for a label that no symbols give.
    """
    if rule == "digits":
        return logs.gather(2, labels.unsqueeze(2)).sum((1, 2))
    if rule == "sum":
        return log_likelihood_of_sum(logs, labels, digits)
    return _by_enumeration(rule, logs, labels, digits)


def log_likelihood_of_sum(logs: Tensor, sums: Tensor, digits: int = 1) -> Tensor:
    """Return the log-probability of the sum of numbers, by a dynamic programme over carries.

    Place by place from the right, the digits of all numbers at a place are convolved, and the
    carry passed on: the work grows linearly with the number of places, where the readings grow
    exponentially.

    Parameters
    ----------
    logs : (n, k, classes) float tensor
        Log-probabilities of the digits of ``k / digits`` numbers in base ``classes``, number after
        number, the first digit of each counting most.
    sums : (n,) int64 tensor, or (n, digits + 1)
        The sums, or of any length in places, as `glyphlab.compose.labels.in_places` writes them.
    digits : int
        Digits of each number.

    Returns
    -------
    (n,) tensor
        About `NEVER` for a sum that no digits give.
    """
    count, symbols, base = logs.shape
    terms = symbols // digits
    places = logs.view(count, terms, digits, base).unbind(2)[::-1]
    carries = torch.arange(terms, device=logs.device)
    reached = logs.new_full((count, terms), NEVER)
    reached[:, 0] = 0.0  # nothing is carried into the first place
    *written, rest = sums.unbind(1) if sums.ndim == 2 else _in_places(sums, digits, base)
    for place, shown in zip(places, written, strict=True):
        total = convolved(place)  # (n, terms * (base - 1) + 1)
        # what the digits here must add up to, for each carry that leaves and each that enters
        wanted = shown[:, None, None] + base * carries[:, None] - carries
        possible = (wanted >= 0) & (wanted < total.shape[1])
        index = wanted.clamp(0, total.shape[1] - 1).flatten(1)
        here = total.gather(1, index).view_as(wanted).masked_fill(~possible, NEVER)
        reached = torch.logsumexp(here + reached[:, None, :], 2)
    ends = (rest >= 0) & (rest < terms)
    last = reached.gather(1, rest.clamp(0, terms - 1).unsqueeze(1)).squeeze(1)
    return last.masked_fill(~ends, NEVER)


def _in_places(sums: Tensor, places: int, base: int) -> list[Tensor]:
    """Return what `glyphlab.compose.labels.in_places` does, of int64 and where they lie."""
    written = []
    for _ in range(places):
        written.append(sums.remainder(base))
        sums = sums.div(base, rounding_mode="floor")
    return [*written, sums]


def convolved(logs: Tensor) -> Tensor:
    """Return the log-distribution ``(n, k * (classes - 1) + 1)`` of the sum of k symbols.

    Parameters
    ----------
    logs : (n, k, classes) float tensor
        Log-probabilities.
    """
    total, *others = logs.unbind(1)
    for other in others:
        size = total.shape[1] + other.shape[1] - 1
        lag = _lags(size, total.shape[1], other.shape[1], logs.device)
        framed = torch.cat([other, other.new_full((len(other), 1), NEVER)], 1)
        total = torch.logsumexp(total[:, None, :] + framed[:, lag], 2)
    return total


@functools.cache
def _lags(size: int, first: int, second: int, device: torch.device) -> Tensor:
    """Return ``t - a`` for each sum t and value a, and `second` where that is no value."""
    lag = torch.arange(size, device=device)[:, None] - torch.arange(first, device=device)
    return torch.where((lag >= 0) & (lag < second), lag, second)


def _by_enumeration(rule: Rule, logs: Tensor, labels: Tensor, digits: int) -> Tensor:
    """Add up all readings that give the label: for labels of few symbols, whatever the rule."""
    tuples, given = _table(rule, logs.shape[2], logs.shape[1], digits, logs.device)
    joint = logs[:, torch.arange(logs.shape[1], device=logs.device), tuples].sum(2)
    return torch.logsumexp(joint.masked_fill(given != labels[:, None], NEVER), 1)


@functools.cache
def _table(
    rule: Rule, classes: int, count: int, digits: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return every reading ``(t, count)`` and the label ``(t,)`` that it gives."""
    tuples = all_tuples(classes, count)
    given = torch.from_numpy(labels_of(rule, tuples, digits)).to(device)
    return torch.from_numpy(tuples).to(device), given
