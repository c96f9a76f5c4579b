"""Differences between two models on the same images, over seeds and over images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab.experiments.results.classifier_runs import has_chance
from glyphlab.experiments.results.table import accuracy_gap
from glyphlab.metrics.glyph_clusters import clusters_of, spread
from glyphlab.metrics.variance_components import student_quantile
from glyphlab.reproductions.core.grouping import by_name
from glyphlab.reproductions.core.rows import Measured
from glyphlab.runs import Answers, Run

__all__ = ["above_on_answers", "interval_of_table", "mean_above_on_answers", "ratio_of_answers"]

Table = NDArray[np.float64]


def above_on_answers(runs: Sequence[Run]) -> Measured:
    """Return by how much the first model's answers are better, by the paired test's interval."""
    first, second = _same_seeds(runs)
    (low, high), seeds = accuracy_gap(first[0], second[0]), _seeds(runs)
    value = float(first[0].correct.mean() - second[0].correct.mean())
    return Measured(value, low, high, seeds, _covers(seeds), items=first[0].correct.shape[1])


def mean_above_on_answers(runs: Sequence[Run]) -> Measured:
    """Return by how much the mean of the first half of the models is above that of the second."""
    first, second = _same_seeds(runs)
    table = _mean(first) - _mean(second)
    low, high = interval_of_table(table, first[0].glyphs)
    seeds = _seeds(runs)
    return Measured(float(table.mean()), low, high, seeds, _covers(seeds), items=table.shape[1])


def ratio_of_answers(runs: Sequence[Run]) -> Measured:
    """Return how many times as often the first half is right as the second.

    The interval is that of the logarithm, of which an answer's part is its share of the mean.
    """
    first, second = _same_seeds(runs)
    ours, theirs = _mean(first), _mean(second)
    value = float(ours.mean() / max(theirs.mean(), 1e-9))
    table = ours / max(ours.mean(), 1e-9) - theirs / max(theirs.mean(), 1e-9)
    low, high = interval_of_table(table, first[0].glyphs)
    seeds = _seeds(runs)
    low, high = value * float(np.exp(low)), value * float(np.exp(high))
    return Measured(value, low, high, seeds, _covers(seeds), items=table.shape[1])


def interval_of_table(
    table: Table, glyphs: NDArray[np.int64] | None = None, level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the mean of a table of differences, over its rows and columns.

    Parameters
    ----------
    table : (seeds, items) array
        Differences between models of the same seed on the same item.
    glyphs : (items, k) array, optional
        What the items show: items that share a glyph count together.
    level : float
    """
    seeds, items = table.shape
    clusters = clusters_of(glyphs, items)
    by_item = table.mean(axis=0)
    total = q = float(spread(by_item, clusters)[0])
    freedom = float((items if clusters is None else clusters.distinct) - 1)
    if seeds > 1:
        chance = float(spread(table - by_item, clusters)[0].sum()) / (seeds - 1)
        by_seed = max(float(table.mean(axis=1).var(ddof=1)), chance)
        total = by_seed / seeds + max(q - chance / seeds, 0.0)
        freedom = min(freedom, (seeds - 1) * total * seeds / max(by_seed, 1e-300))
    half = float(student_quantile(1 - level, max(freedom, 1.0))) * total**0.5
    mean = float(table.mean())
    return mean - half, mean + half


def _same_seeds(runs: Sequence[Run]) -> tuple[list[Answers], list[Answers]]:
    """Return the answers of both halves of the models, each with a row for every seed."""
    models = list(by_name(runs).values())
    seeds = max(_seeds(runs), 1)
    answers = []
    for members in models:
        one = Answers.of(members)
        answers.append(one if has_chance(members[0]) else one.repeated(max(seeds, 2)))
    half = len(answers) // 2
    return answers[:half], answers[half:]


def _seeds(runs: Sequence[Run]) -> int:
    """Return the seeds of the models with chance; 1 where there are none."""
    drawn = [len(found) for found in by_name(runs).values() if has_chance(found[0])]
    return min(drawn, default=1)


def _mean(answers: Sequence[Answers]) -> Table:
    seeds = min(len(one.correct) for one in answers)
    tables = [one.correct[:seeds].astype(np.float64) for one in answers]
    return np.asarray(np.mean(tables, axis=0))


def _covers(seeds: int) -> str:
    return "seeds and items" if seeds > 1 else "items"
