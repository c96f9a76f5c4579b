"""The training set as one uint8 tensor, or a stream of one; a batch is an index into it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import numpy_rng, torch_rng
from glyphlab.models.nets.cells_net import cut, framed
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.tasks.streams.streamed_images import StreamedImages
from glyphlab.training.streamed_parts import StreamedParts

__all__ = [
    "EpochData",
    "Pictures",
    "as_epoch_data",
    "batch_count",
    "batches",
    "held_out",
    "part_size",
    "parts_of",
]

Pictures = Callable[[int], tuple[NDArray[np.uint8], Labels]]
"""From the number of an epoch to its images ``(n, H, W)`` and labels ``(n, k)``."""


@dataclass(frozen=True)
class EpochData:
    """What one epoch is trained on: resident on the device, or made as it is asked for.

    Attributes
    ----------
    images : (n, h, w) tensor, uint8 or float32, or StreamedParts
        Already cut into parts where the strategy cuts.
    targets : (n, heads) int64 tensor, or as the strategy has them
        -1 where the label is impossible.
    """

    images: Tensor | StreamedParts
    targets: Tensor

    def __len__(self) -> int:
        return int(self.images.shape[0])

    @property
    def resident(self) -> Tensor:
        """The images as one tensor, for what takes all of them at once."""
        assert isinstance(self.images, Tensor), "such a trainer has them drawn into memory"
        return self.images

    @property
    def device(self) -> str:
        """Where a batch is trained on."""
        return self.targets.device.type

    def shown(self, rows: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield index tensors with their images ``(b, h, w)``; what is streamed is made ahead."""
        if isinstance(self.images, StreamedParts):
            yield from self.images.ahead(rows, self.targets.device)
            return
        for index in rows:
            yield index, self.images[index]

    def in_order(self, size: int) -> Iterator[Tensor]:
        """Yield all images, `size` at a time."""
        if isinstance(self.images, Tensor):
            yield from torch.split(self.images, size)
            return
        for _, images in self.shown(torch.split(torch.arange(len(self)), size)):
            yield images


def as_epoch_data(
    images: NDArray[np.uint8] | NDArray[np.float32],
    labels: Labels,
    strategy: Strategy,
    device: str,
) -> EpochData:
    """Put images and labels on the device in the form that a strategy trains on.

    Streamed images stay where they are, and come batch by batch.
    """
    targets = torch.from_numpy(np.ascontiguousarray(strategy.targets(labels))).to(device)
    if isinstance(images, StreamedImages):
        return EpochData(StreamedParts(images, partial(parts_of, strategy=strategy)), targets)
    return EpochData(parts_of(images, strategy).to(device), targets)


def parts_of(images: NDArray[np.uint8] | NDArray[np.float32], strategy: Strategy) -> Tensor:
    """Return the parts ``(n * parts, h, w)`` of images ``(n, H, W)`` that a strategy's net sees."""
    # A source's images are read-only, and torch has no such thing: those are copied.
    writable = np.require(images, requirements=("C", "W"))
    return cut(framed(torch.from_numpy(writable), strategy.frame), strategy.grid).contiguous()


def part_size(strategy: Strategy, height: int, width: int) -> tuple[int, int]:
    """Return height and width of a part of an image of that size."""
    if strategy.frame is not None:
        height, width = strategy.frame.framed(height, width)
    rows, columns = strategy.grid
    return height // rows, width // columns


def batches(
    count: int, size: int, seed: int, epoch: int, start: int = 0, device: str = "cpu"
) -> Iterator[Tensor]:
    """Yield the index tensors of an epoch from batch `start` on, all put on the device at once.

    The order depends on the seed and the epoch alone. Sizes differ by at most one, so that no runt
    batch disturbs the batch statistics.
    """
    order = torch.randperm(count, generator=torch_rng(seed, "order", epoch))
    yield from torch.tensor_split(order.to(device), batch_count(count, size))[start:]


def batch_count(count: int, size: int) -> int:
    """Return how many batches an epoch of `count` items has."""
    return max(1, -(-count // size))


def held_out(count: int, share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of a training set to train on, and those to validate on, both sorted.

    Parameters
    ----------
    count : int
        Rows of the training set.
    share : float
        Share in [0, 1) to validate on; 0 holds out nothing, any other at least one row.
    seed : int
        Root seed of the run.

    Raises
    ------
    RecipeError
        Where no row would be left to train on.
    """
    order = numpy_rng(seed, "hold-out").permutation(count)
    cut = max(1, round(count * share)) if share else 0
    if share and cut >= count:
        most = math.floor(100 * (count - 1) / count) / 100 if count else 0.0
        raise RecipeError(
            f"training.validation_fraction = {share:g} holds out {cut} of {count} training images "
            f"and leaves none to train on: set training.validation_fraction to {most:g} or less, "
            "or "
            "train on more images"
        )
    return np.sort(order[cut:]), np.sort(order[:cut])
