"""Which real images a step shows, by its number."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from glyphlab._common.seeds import torch_rng
from glyphlab.training.batches import batch_count
from glyphlab.training.trainers.adversarial.images import Pictures, to_range

__all__ = ["real_batch", "rows_of"]


def real_batch(
    pictures: Pictures, size: int, seed: int, number: int, device: str, *, turned: bool = False
) -> tuple[Tensor, Tensor]:
    """Return the pictures and labels of a batch, by its number in the training.

    A batch for the generator's step is of another order of the same pictures.
    """
    rows = rows_of(len(pictures), size, seed, number, turned=turned).numpy()
    labels = torch.from_numpy(pictures.labels[rows])
    return to_range(pictures.images[rows]).to(device), labels.to(device)


def rows_of(
    count: int, size: int, seed: int, number: int, device: str = "cpu", *, turned: bool = False
) -> Tensor:
    """Return the rows of a batch of `real_batch`, on a device."""
    epoch, place = divmod(number, batch_count(count, size))
    return _order(count, size, seed, ("turned" if turned else "order"), epoch, device)[place]


@functools.lru_cache(maxsize=2)
def _order(
    count: int, size: int, seed: int, name: str, epoch: int, device: str
) -> tuple[Tensor, ...]:
    """Return the rows of every batch of an epoch; sizes differ by at most one."""
    order = torch.randperm(count, generator=torch_rng(seed, name, epoch))
    return torch.tensor_split(order.to(device), batch_count(count, size))
