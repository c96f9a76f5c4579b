"""The addition report's t-SNE maps in numbers: measures of its fourth section.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name. All are of the last hidden layer of 2,000 test images.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from glyphlab.experiments.embedding import INPUT, RunEmbeddings, embed
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "clearest_perplexity",
    "embedding_above_input",
    "pair_accuracy",
    "silhouette_above",
]

PERPLEXITIES = (5.0, 10.0, 20.0, 50.0, 100.0)
CLEAREST = 20.0
IMAGES = 2_000
PAIR = ((3, 5), (4, 4))


def embedding_above_input(task: Task, runs: Sequence[Run]) -> Measured:
    """Return how much more often neighbours agree on the layer's map than on that of the input."""
    values = []
    for maps in _maps_of(task, runs):
        at = {
            one.layer == INPUT: one.scores["knn"]
            for one in maps.embeddings
            if one.perplexity == CLEAREST
        }
        values.append(float(at[False] - at[True]))
    return from_values(values)


def clearest_perplexity(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the perplexity whose map has the highest silhouette."""
    found = map(_silhouettes, _maps_of(task, runs))
    return from_values([max(sorted(one), key=one.__getitem__) for one in found])


def silhouette_above(task: Task, runs: Sequence[Run], other: float) -> Measured:
    """Return by how much the silhouette at perplexity 20 is above that at another."""
    found = map(_silhouettes, _maps_of(task, runs))
    return from_values([one[CLEAREST] - one[other] for one in found])


def pair_accuracy(task: Task, runs: Sequence[Run]) -> Measured:
    """Return how often neighbours on the map separate 3 + 5 from 4 + 4; 0.5 is chance."""
    values = []
    for maps in _maps_of(task, runs):
        (apart,) = (
            one.scores["apart"]
            for one in maps.embeddings
            if one.layer != INPUT and one.perplexity == CLEAREST
        )
        values.append(float(np.mean(list(apart.values()))))
    return from_values(values)


def _maps_of(task: Task, runs: Sequence[Run]) -> list[RunEmbeddings]:
    return [maps_of(run.path, task) for run in runs]


@functools.cache
def maps_of(path: Path, task: Task) -> RunEmbeddings:
    """Make all maps of a run, once for all rows and pictures: one of the images, and the layer's.

    Not a measure: it stands in no row, and so not in ``__all__``.
    """
    run = Run.load(path)
    threads = torch.get_num_threads()
    make = functools.partial(embed, run, images=IMAGES, threads=threads, task=task, quiet=True)
    layers = make(perplexities=[CLEAREST], apart=[PAIR])
    (layer,) = {one.layer for one in layers.embeddings} - {INPUT}
    rest = [one for one in PERPLEXITIES if one != CLEAREST]
    others = make([layer], perplexities=rest)
    layers.embeddings.extend(others.embeddings)
    return layers


def _silhouettes(maps: RunEmbeddings) -> dict[float, float]:
    return {
        one.perplexity: float(one.scores["silhouette"])
        for one in maps.embeddings
        if one.layer != INPUT
    }
