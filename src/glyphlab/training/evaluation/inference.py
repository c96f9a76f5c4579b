"""A trained net over many images."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab.models.strategies import Labels, Strategy
from glyphlab.models.strategies.class_losses import probabilities
from glyphlab.training.batches import EpochData, as_epoch_data
from glyphlab.training.precision import autocast

__all__ = ["Predictions", "predict_probabilities", "read", "shifts_of", "views_of"]

CHUNK = 512
"""Images that are read at a time, at most."""
PIXELS = 2**24
"""Pixels that are read at a time, at most, but one image: a net's maps are many times as large."""


@dataclass(frozen=True)
class Predictions:
    """What a net read.

    Attributes
    ----------
    labels : (n, k) int64, or Python integers
    confidence : (n,) float32
        Probability of what was read: the product over positions, or of a label that is derived
        that of all symbols that give it.
    probabilities : (n * parts, heads, classes) float32
    """

    labels: Labels
    confidence: NDArray[np.float32]
    probabilities: NDArray[np.float32]


def predict_probabilities(
    net: nn.Module, data: EpochData, precision: str = "float32", views: int = 1
) -> NDArray[np.float32]:
    """Return class probabilities ``(n, heads, classes)`` float32 in evaluation mode.

    With more `views` than one they are the normalised geometric mean over several of the image: 2
    is it and its mirror image, 5 it and its copies moved by a pixel each way, 10 those five and
    their mirror images.
    """
    net.eval()
    device = data.device
    found = np.empty(0, np.float32)
    start = 0
    with torch.no_grad(), autocast(device, precision):
        pixels = math.prod(data.images.shape[1:])
        for images in data.in_order(max(1, min(CHUNK, PIXELS // pixels))):
            if views == 1:
                part = probabilities(net(images.unsqueeze(1)))
            else:
                logs = [torch.log_softmax(net(one).float(), -1) for one in views_of(images, views)]
                part = probabilities(torch.stack(logs).mean(0))
            if not start:  # room for all: small arrays that stay would split the memory of the net
                found = np.empty((len(data), *part.shape[1:]), part.dtype)
            found[start : start + len(part)] = part
            start += len(part)
    return found


_MOVES = ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))
"""Where a view begins in the image with a frame of one pixel: as it is, and a pixel each way."""


def shifts_of(views: int) -> Iterator[tuple[int, int, bool]]:
    """Yield where each view begins in the image with a frame of one pixel, and whether mirrored.

    Parameters
    ----------
    views : int
        As `predict_probabilities` takes them.
    """
    for down, right in _MOVES[: 5 if views >= 5 else 1]:
        yield down, right, False
        if views % 2 == 0:
            yield down, right, True


def views_of(images: Tensor, views: int) -> Iterator[Tensor]:
    """Yield the views ``(n, 1, h, w)`` of images ``(n, h, w)``."""
    height, width = images.shape[1:]
    framed = F.pad(images.unsqueeze(1), (1, 1, 1, 1))
    for down, right, mirrored in shifts_of(views):
        view = framed[:, :, down : down + height, right : right + width]
        yield view.flip(3) if mirrored else view


def read(
    net: nn.Module,
    strategy: Strategy,
    images: NDArray[np.uint8] | NDArray[np.float32],
    *,
    device: str = "cpu",
    precision: str = "float32",
    views: int = 1,
) -> Predictions:
    """Read images ``(n, H, W)``, with as many `views` as `predict_probabilities` takes."""
    nothing = np.zeros((len(images), strategy.positions), dtype=np.int64)
    data = as_epoch_data(images, nothing, strategy, device)
    probability = predict_probabilities(net, data, precision, views)
    answers = strategy.answer(strategy.decode(probability))
    return Predictions(answers, strategy.confidence(probability, answers), probability)
