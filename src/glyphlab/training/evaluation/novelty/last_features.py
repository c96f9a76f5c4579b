"""What a model makes of images before it names a class: its features."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from glyphlab._common.seeds import numpy_rng
from glyphlab.models.strategies import Strategy
from glyphlab.training.batches import parts_of

__all__ = ["kept_features", "pixel_features", "rows_of_images"]

Floats = NDArray[np.float32]
MOST = 1_024
"""Numbers of a row: principal directions of many more take minutes."""


@contextlib.contextmanager
def kept_features(net: nn.Module) -> Iterator[list[Tensor]]:
    """Keep what the last linear layer of a net reads, for as long as the block runs.

    Yields
    ------
    list of torch.Tensor
        One ``(…, d)`` a call of the net; the logits themselves where it has no linear layer.
    """
    kept: list[Tensor] = []
    latest: list[Tensor] = []
    hooks = [
        layer.register_forward_pre_hook(
            lambda _layer, given: latest.append(given[0].detach().float())
        )
        for layer in net.modules()
        if isinstance(layer, nn.Linear)
    ]

    def after(_net: nn.Module, _given: object, logits: Tensor) -> None:
        kept.append(latest[-1] if latest else logits.detach().float())
        latest.clear()

    hooks.append(net.register_forward_hook(after))
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()


def rows_of_images(kept: Sequence[Tensor], images: int) -> Floats:
    """Return the features ``(images, rows, d)`` that calls of a net left.

    There is a row a symbol where the net reads the symbols of an image one by one, in their order,
    else one row. Wider ones than `MOST` are projected at random, always in the same way.
    """
    flat = torch.cat([one.reshape(-1, one.shape[-1]) for one in kept]).cpu()
    if flat.shape[1] > MOST:
        flat = flat @ _projection(flat.shape[1])
    found: Floats = flat.reshape(images, -1, flat.shape[-1]).numpy()
    return found


@functools.lru_cache(maxsize=4)
def _projection(wide: int) -> Tensor:
    """Return a fixed random matrix that keeps distances between rows, nearly (Johnson, 1984)."""
    chance = numpy_rng(0, "familiarity", "projection", wide)
    return torch.from_numpy(
        chance.standard_normal((wide, MOST), np.float32) / np.float32(math.sqrt(MOST))
    )


def pixel_features(images: NDArray[np.uint8], strategy: Strategy) -> Floats:
    """Return the pixels ``(images, parts, d)`` in 0..1 that a strategy reads of images.

    Of large parts they are means over squares, so that there are at most `MOST` of a part.
    """
    parts = parts_of(images, strategy).float().unsqueeze(1) / 255
    side = math.ceil(math.sqrt(math.prod(parts.shape[2:]) / MOST))
    if side > 1:
        parts = functional.avg_pool2d(parts, side, ceil_mode=True)
    flat = parts.reshape(len(images), len(parts) // max(1, len(images)), math.prod(parts.shape[2:]))
    found: Floats = flat.numpy()
    return found
