"""The exact likelihood of a sum of many symbols, by a binary tree of convolutions.

Distributions are convolved in pairs by Fourier transforms, so that the work grows with
k (log k)² for k symbols, and the gradient is the way back through the tree.

A Fourier transform is exact to the largest value of what it gives, and a label that a net finds
unlikely would drown in rounding. So each symbol's distribution is first tilted: class v is
multiplied by exp(tilt * v) and all are divided by their sum, with the one tilt for which the label
is the expected sum. There the tilted sum is among the likely ones, and the probability of the label
follows from its tilted one exactly, whatever the tilt (Esscher, 1932).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["log_likelihood_of_many"]

STEPS = 30
"""Of the search for the tilt, at most; how near it comes is of no effect but on rounding."""
NEAR = 0.1
"""Distance of the expected sum from the wanted one, in standard deviations, that is near enough."""
STEEPEST = 1e4
"""A class less likely than exp(-1e4) times another one asks for no steeper tilt."""
ROUNDING = 1e-9
"""Tilted probability below which rounding counts: far below that of any sum in the middle.

The transform is exact to about 1e-16, so a probability just above is right to 1e-7 of itself."""


def log_likelihood_of_many(logs: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
    """Return the log-probability of the sum of many symbols, each counting as its class.

    Parameters
    ----------
    logs : (n, k, classes) float tensor
        Log-probabilities of the symbols.
    sums : (n,) int64 tensor

    Returns
    -------
    found : (n,) tensor of the type of `logs`
    sound : (n,) bool tensor
        Whether it is exact to 1e-7 of the probability, and mostly to far less. It is not for a
        label that no symbols give, nor for one beside which only others of a lattice are likely,
        as an odd one of even symbols.
    """
    _, symbols, classes = logs.shape
    most = symbols * (classes - 1)
    within = (sums >= 0) & (sums <= most)
    wanted = sums.clamp(0, most)
    wide = logs.double()
    values = torch.arange(classes, dtype=wide.dtype, device=wide.device)
    tilt = _tilt(wide.detach(), wanted, values)
    tilted = wide + tilt[:, None, None] * values
    weights = torch.logsumexp(tilted, 2)
    total = _convolved(torch.exp(tilted - weights[:, :, None]))
    at = total.gather(1, wanted[:, None])[:, 0]
    sound = within & (at.detach() > ROUNDING)
    log = torch.log(torch.where(sound, at, torch.ones_like(at)))
    return (weights.sum(1) - tilt * wanted + log).to(logs.dtype), sound


def _tilt(logs: Tensor, wanted: Tensor, values: Tensor) -> Tensor:
    """Return for which tilt ``(n,)`` the expected sum is as wanted, about, by Newton's method."""
    spread = (logs.amax(2) - logs.amin(2)).amax(1).clamp_max(STEEPEST)
    high = spread + 60.0  # the one class left is likelier than all others by e⁶⁰
    low, tilt = -high, torch.zeros_like(high)
    for _ in range(STEPS):
        shares = torch.softmax(logs + tilt[:, None, None] * values, 2)
        means = shares @ values
        spreads = (shares @ values.square() - means.square()).sum(1)
        beyond = wanted - means.sum(1)
        if bool((beyond.abs() <= NEAR * spreads.clamp_min(0.0).sqrt()).all()):
            break
        low, high = torch.where(beyond > 0, tilt, low), torch.where(beyond > 0, high, tilt)
        step = tilt + beyond / spreads.clamp_min(1e-300)
        tilt = torch.where((step > low) & (step < high), step, (low + high) / 2)
    return tilt


def _convolved(shares: Tensor) -> Tensor:
    """Return the distribution of the sum of shares ``(n, k, classes)``, zeros above the largest."""
    while shares.shape[1] > 1:
        even = shares.shape[1] // 2 * 2
        pairs, last = shares[:, :even], shares[:, even:]
        size = 2 * shares.shape[2] - 1
        waves = torch.fft.rfft(pairs, _smooth(size))
        joined = torch.fft.irfft(waves[:, ::2] * waves[:, 1::2], _smooth(size))[:, :, :size]
        more = F.pad(last, (0, size - shares.shape[2]))
        shares = torch.cat([joined, more], 1)
    return shares[:, 0]


def _smooth(size: int) -> int:
    """Return an even number of at least `size` that transforms well: a power of two, or a few."""
    return min(few << max(1, (-(-size // few) - 1).bit_length()) for few in (1, 3, 5, 9, 15))
