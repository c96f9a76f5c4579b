"""The exact likelihood of a label that was computed from symbols nobody names.

A reader gives a distribution over classes for each symbol; the label is a function of the symbols.
The likelihood of the label is the total probability of all readings that give it, and its gradient
teaches the reader the symbols (Manhaeve et al., *DeepProbLog*, 2018). Nothing is sampled.

Everything is in logarithms, and an impossible reading has the finite logarithm `NEVER`, so that no
gradient becomes NaN.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from glyphlab.models.strategies.sums_of_many import log_likelihood_of_many
from glyphlab.tasks.labels import Rule, all_tuples, labels_of, signs_of

__all__ = ["NEVER", "convolved", "log_likelihood", "log_likelihood_of_sum"]

NEVER = -1e30
"""Logarithm of a probability of zero."""
FEW_READINGS = 10_000
"""Readings of a difference that are added up one by one, as recorded numbers were."""
MANY = 16
"""Sums of more numbers of one digit are convolved in a tree."""


def log_likelihood(
    rule: Rule, logs: Tensor, labels: Tensor, digits: int = 1, signs: Sequence[int] = ()
) -> Tensor:
    """Return the logarithm of the probability of each label.

    Parameters
    ----------
    rule : {'difference', 'digits', 'product', 'signed-sum', 'sum'}
        How labels come of symbols, as in `glyphlab.tasks.labels.labels_of`.
    logs : (n, k, classes) float tensor
        Log-probabilities of the symbols.
    labels : (n,) int64 tensor, (n, k) for ``'digits'``
        Of sums and differences also in places, as `log_likelihood_of_sum` takes them.
    digits : int
        Symbols of a number.
    signs : sequence of int
        Of ``'signed-sum'``: 1 or -1 for each number.

    Returns
    -------
    (n,) tensor of the type of `logs`
        At most 0; about `NEVER` for a label that no symbols give.
    """
    if rule == "digits":
        return logs.gather(2, labels.unsqueeze(2)).sum((1, 2))
    each = signs_of(rule, logs.shape[1] // digits, signs)
    few = logs.shape[2] ** logs.shape[1] <= FEW_READINGS and labels.ndim == 1
    if each is None or (rule == "difference" and few):
        return _by_enumeration(rule, logs, labels, digits)
    return log_likelihood_of_sum(logs, labels, digits, each)


def log_likelihood_of_sum(
    logs: Tensor, sums: Tensor, digits: int = 1, signs: Sequence[int] = ()
) -> Tensor:
    """Return the log-probability of the sum of numbers, by a dynamic programme over carries.

    Place by place from the right, the digits of all numbers at a place are convolved, and the
    carry passed on: the work grows linearly with the number of places, where the readings grow
    exponentially. A digit d that is taken away counts as base - 1 - d: then all digits are added,
    and the place is too large by base - 1 for each. Many numbers of one digit are convolved in a
    tree instead (`glyphlab.models.strategies.sums_of_many`).

    Parameters
    ----------
    logs : (n, k, classes) float tensor
        Log-probabilities of the digits of ``k / digits`` numbers in base ``classes``, number after
        number, the first digit of each counting most.
    sums : (n,) int64 tensor, or (n, digits + 1)
        The sums, or of any length in places, as `glyphlab.tasks.labels.in_places` writes them.
    digits : int
        Digits of each number.
    signs : sequence of int
        1 or -1 for each number; all are added where it is empty.

    Returns
    -------
    (n,) tensor
        About `NEVER` for a sum that no digits give.
    """
    count, symbols, base = logs.shape
    terms = symbols // digits
    taken = [term for term, sign in enumerate(signs) if sign < 0]
    numbers = logs.view(count, terms, digits, base)
    if taken:
        numbers = numbers.index_copy(
            1, torch.tensor(taken, device=logs.device), numbers[:, taken].flip(3)
        )
    if digits == 1 and terms > MANY and sums.ndim == 1:
        return _of_many(numbers[:, :, 0], sums + len(taken) * (base - 1))
    least, most = -len(taken), max(terms - len(taken), 1)
    carries = torch.arange(least, most, device=logs.device)
    reached = logs.new_full((count, len(carries)), NEVER)
    reached[:, -least] = 0.0  # nothing is carried into the first place
    *written, rest = sums.unbind(1) if sums.ndim == 2 else _in_places(sums, digits, base)
    shown = torch.stack(written, 1).view(count, digits, 1, 1)
    # all places at once, and only the carries one after another
    places = numbers.flip(2).transpose(1, 2).reshape(count * digits, terms, base)
    total = convolved(places).view(count, digits, -1)  # (n, digits, terms * (base - 1) + 1)
    # what the digits of a place must add up to, for each carry that leaves and each that enters
    wanted = shown + base * carries[:, None] - carries - least * (base - 1)
    possible = (wanted >= 0) & (wanted < total.shape[2])
    index = wanted.clamp(0, total.shape[2] - 1).flatten(2)
    here = total.gather(2, index).view_as(wanted).masked_fill(~possible, NEVER)
    for place in here.unbind(1):
        reached = torch.logsumexp(place + reached[:, None, :], 2)
    ends = (rest >= least) & (rest < most)
    last = reached.gather(1, (rest.clamp(least, most - 1) - least).unsqueeze(1)).squeeze(1)
    return last.masked_fill(~ends, NEVER)


def _of_many(logs: Tensor, sums: Tensor) -> Tensor:
    """Return the log-probability of sums of many digits, in logarithms where rounding counts."""
    found, sound = log_likelihood_of_many(logs, sums)
    if bool(sound.all()):
        return found
    (rest,) = torch.nonzero(~sound, as_tuple=True)
    every, at = convolved(logs[rest]), sums[rest]
    inside = (at >= 0) & (at < every.shape[1])
    there = every.gather(1, at.clamp(0, every.shape[1] - 1)[:, None])[:, 0]
    return found.index_put((rest,), there.masked_fill(~inside, NEVER))


def _in_places(sums: Tensor, places: int, base: int) -> list[Tensor]:
    """Return what `glyphlab.tasks.labels.in_places` does, of int64 and where they lie."""
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
    with torch.inference_mode(False):  # it is kept, and gradients may go through it later
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
    with torch.inference_mode(False):  # as above
        given = torch.from_numpy(labels_of(rule, tuples, digits)).to(device)
        return torch.from_numpy(tuples).to(device), given
