"""How likely a classifier of the addition report takes the true sum to be, image by image.

The report announces that it compares the probabilities of its classifiers, and shows accuracies.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab.models.strategies.label_probabilities import probability_of_labels
from glyphlab.runs import Run
from glyphlab.tasks import Task
from glyphlab.training.evaluation.model_reader import ModelReader

__all__ = ["probabilities_by_pair", "probabilities_of_true_labels"]

AT_ONCE = 2_000
"""Images that a model reads at once."""


@functools.lru_cache(maxsize=32)
def probabilities_by_pair(path: Path, task: Task) -> NDArray[np.float64]:
    """Return the mean probability of the true label, by the symbols of an image.

    Parameters
    ----------
    path : Path
        Folder of a finished run.
    task : Task
        Whose test images, of two symbols each, are read.

    Returns
    -------
    (classes, classes) float64
        Upper symbol, lower symbol; NaN where no test image has them.
    """
    found = probabilities_of_true_labels(path, task)
    first, second = task.test.symbols.T
    place = first * task.classes + second
    size = task.classes**2
    counts = np.bincount(place, minlength=size)
    sums = np.bincount(place, found, minlength=size)
    with np.errstate(invalid="ignore"):
        table: NDArray[np.float64] = (sums / counts).reshape(task.classes, task.classes)
    return table


@functools.lru_cache(maxsize=32)
def probabilities_of_true_labels(path: Path, task: Task) -> NDArray[np.float64]:
    """Return the probability of the true label of each test image, ``(n,)``."""
    reader = ModelReader.load(Run.load(path))
    labels = task.test.labels.reshape(len(task.test), -1)
    parts = []
    for rows in np.array_split(np.arange(len(labels)), -(-len(labels) // AT_ONCE)):
        read = reader.read(task.test.images[rows]).predictions.probabilities
        parts.append(probability_of_labels(reader.strategy, read, labels[rows], task.classes))
    return np.concatenate(parts)
