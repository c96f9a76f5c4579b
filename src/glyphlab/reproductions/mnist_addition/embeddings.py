"""The addition report's t-SNE maps in numbers: what its fourth section says, row by row."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from glyphlab.experiments.embedding import INPUT, RunMaps, embed
from glyphlab.reproductions.core.rows import Measured, Row, from_values
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = ["map_rows"]

PERPLEXITIES = (5.0, 10.0, 20.0, 50.0, 100.0)
CLEAREST = 20.0
IMAGES = 2_000
PAIR = ((3, 5), (4, 4))
BOUND = 0.75
"""How often neighbours tell two kinds of images apart where these lie apart; 0.5 is chance."""
SEEN = "looked at; here 2,000 test images, t-SNE from their first two components"


def map_rows(model: str) -> Iterator[Row]:
    """Yield the rows of the report's section on t-SNE, of the last hidden layer of `model`."""
    yield Row("4.embedding", "k-NN accuracy by sum, map of the embedding above map of the input",
              "difference", 0.0, "Section 4: clusters there, scattered here", SEEN,
              _of_runs(_embedding_above_input), model, claim="above")  # fmt: skip
    yield Row("4.perplexity", "Perplexity whose map has the highest silhouette by sum",
              "perplexity", CLEAREST, "Section 4: around 20 the clearest", SEEN,
              _of_runs(_clearest), model)  # fmt: skip
    for other in (5.0, 100.0):
        yield Row(f"4.claim.{other:g}", f"Silhouette by sum at perplexity 20 above that at "
                  f"{other:g}", "distance", 0.0, "Section 4: around 20 the clearest", SEEN,
                  _of_runs(functools.partial(_silhouette_above, other)), model,
                  claim="above")  # fmt: skip
    yield Row("4.apart", "3+5 and 4+4 told apart by their neighbours on the map", "accuracy",
              BOUND, "Section 4: 3+5 in another cluster than 4+4", SEEN, _of_runs(_apart), model,
              claim="above", bound=BOUND)  # fmt: skip


def _of_runs(measure: Callable[[RunMaps], float]) -> Callable[[Task, Sequence[Run]], Measured]:
    """Return the mean over seeds of what a run's maps say."""
    return lambda task, runs: from_values([measure(_maps(run.path, task)) for run in runs])


@functools.cache
def _maps(path: Path, task: Task) -> RunMaps:
    """Make all maps of a run, once for all rows: the embedding's, and one of the images."""
    run = Run.load(path)
    threads = torch.get_num_threads()
    make = functools.partial(embed, run, images=IMAGES, threads=threads, task=task, quiet=True)
    layers = make(perplexities=[CLEAREST], apart=[PAIR])
    (layer,) = {one.layer for one in layers.maps} - {INPUT}
    rest = [one for one in PERPLEXITIES if one != CLEAREST]
    others = make([layer], perplexities=rest)
    layers.maps.extend(others.maps)
    return layers


def _silhouettes(maps: RunMaps) -> dict[float, float]:
    return {
        one.perplexity: float(one.scores["silhouette"]) for one in maps.maps if one.layer != INPUT
    }


def _embedding_above_input(maps: RunMaps) -> float:
    at = {one.layer == INPUT: one.scores["knn"] for one in maps.maps if one.perplexity == CLEAREST}
    return float(at[False] - at[True])


def _clearest(maps: RunMaps) -> float:
    found = _silhouettes(maps)
    return max(sorted(found), key=lambda perplexity: found[perplexity])


def _silhouette_above(other: float, maps: RunMaps) -> float:
    found = _silhouettes(maps)
    return found[CLEAREST] - found[other]


def _apart(maps: RunMaps) -> float:
    scores = [
        one.scores["apart"]
        for one in maps.maps
        if one.layer != INPUT and one.perplexity == CLEAREST
    ]
    return float(np.mean(list(scores[0].values())))
