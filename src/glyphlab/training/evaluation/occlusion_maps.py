"""Where a model looks: a patch is moved over an image, and the label's probability watched.

The method is that of M. D. Zeiler and R. Fergus, Visualizing and Understanding Convolutional
Networks (2014), section 4.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab.models.strategies.label_probabilities import probability_of_labels
from glyphlab.training.evaluation.model_reader import ModelReader

__all__ = ["OcclusionMap", "occlusion_map"]

PLACES = 28
"""Of a patch along the longer side of an image."""
_CHUNK = 256
"""Images that are read at once."""


@dataclass(frozen=True, eq=False)
class OcclusionMap:
    """How the probability of a label changes while a patch covers a part of an image.

    Attributes
    ----------
    labels : list of int
        Of the image without a patch, whose probability it is: the value at each position.
    probability : float
        Of the image without a patch, in 0..1.
    changes : (rows, columns) float64
        Of the probability where the middle of the patch is there, -1 to 1.
    step : int
        Pixels from one place to the next; the first is half of it from the edge.
    side : int
        Pixels of a side of the patch; it ends at the edge of the image.
    """

    labels: list[int]
    probability: float
    changes: NDArray[np.float64]
    step: int
    side: int


def occlusion_map(
    model: ModelReader, image: NDArray[np.uint8], *, side: int, level: int
) -> OcclusionMap:
    """Move a square patch over an image that a model reads.

    Parameters
    ----------
    model : ModelReader
    image : (h, w) uint8
        Of the size that the model reads.
    side : int
        Pixels of a side of the patch, at least 1.
    level : int
        Of the patch, 0 to 255.

    Raises
    ------
    UsageError
        Where the probability of a given label cannot be computed; see `probability_of_labels`.
    """
    height, width = image.shape
    step = max(1, round(max(height, width) / PLACES))
    middles = [
        (top + step / 2, left + step / 2)
        for top in range(0, height, step) for left in range(0, width, step)
    ]  # fmt: skip
    classes = len(model.run.classifier_summary.names)
    clean = model.read(image[None]).predictions
    found = [
        probability_of_labels(
            model.strategy,
            model.read(_covered(image, middles[start : start + _CHUNK], side, level))
            .predictions.probabilities,
            np.repeat(clean.labels, len(middles[start : start + _CHUNK]), 0),
            classes,
        )
        for start in range(0, len(middles), _CHUNK)
    ]  # fmt: skip
    before = float(
        probability_of_labels(model.strategy, clean.probabilities, clean.labels, classes)[0]
    )
    shape = (-(-height // step), -(-width // step))
    changes = np.concatenate(found).reshape(shape) - before
    return OcclusionMap(clean.labels[0].tolist(), before, changes, step, side)


def _covered(
    image: NDArray[np.uint8], middles: list[tuple[float, float]], side: int, level: int
) -> NDArray[np.uint8]:
    """Return an image ``(n, h, w)`` a place, each with the patch there."""
    images = np.repeat(image[None], len(middles), 0)
    for one, (down, right) in zip(images, middles, strict=True):
        # halves always to the next pixel: to the even one, neighbours would cover the same
        top, left = (math.floor(middle - side / 2 + 0.5) for middle in (down, right))
        one[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)] = level
    return images
