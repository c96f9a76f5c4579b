"""Samples of a generator, by name of their chance."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab._common.seeds import torch_rng
from glyphlab.models.generators.nets_by_name import Generator
from glyphlab.training.precision import autocast
from glyphlab.training.trainers.adversarial.images import from_range

__all__ = ["draw_samples", "fixed_noise", "spread_labels"]

CHUNK = 500


def fixed_noise(latent: int, count: int, seed: int, *names: str | int) -> Tensor:
    """Return latent numbers ``(count, latent)`` from a normal distribution, drawn by name."""
    return torch.randn(count, latent, generator=torch_rng(seed, "noise", *names))


def spread_labels(count: int, classes: int) -> NDArray[np.int64]:
    """Return ``(count,)`` labels, each class as often as every other, but for a rest."""
    return np.arange(count, dtype=np.int64) % classes


def draw_samples(
    generator: Generator,
    noise: Tensor,
    labels: NDArray[np.int64] | None,
    *,
    device: str = "cpu",
    precision: str = "float32",
) -> NDArray[np.uint8]:
    """Return images ``(n, h, w)`` of a generator in evaluation mode.

    Parameters
    ----------
    generator : Generator
    noise : (n, latent) float32
    labels : (n,) int64, optional
        What to draw; for a generator that is told.
    """
    was_training = generator.training
    generator.eval()
    conditions = None if labels is None else torch.from_numpy(np.ascontiguousarray(labels))
    drawn = []
    with torch.no_grad(), autocast(device, precision):
        for start in range(0, len(noise), CHUNK):
            rows = slice(start, start + CHUNK)
            of = None if conditions is None else conditions[rows].to(device)
            drawn.append(from_range(generator(noise[rows].to(device), of).float()))
    generator.train(was_training)
    return np.concatenate(drawn)
