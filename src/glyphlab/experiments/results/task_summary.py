"""Models over several tasks: mean rank, interquartile mean, and one verdict a pair.

Intervals are for new seeds and new images of these tasks, not for other tasks. Tasks of one source
show the same glyphs, so that a model that is lucky on one may be so on all: errors of means are
added over tasks as if they went together, which is wider than if they were independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from glyphlab._common.seeds import numpy_rng
from glyphlab.experiments.results.table import LEVEL, over_all

__all__ = ["interquartile_mean", "rows_over_tasks", "verdicts_over_tasks"]

DRAWS = 4_000
_Z = float(stats.norm.ppf(1 - LEVEL / 2))


def interquartile_mean(values: NDArray[np.float64], axis: int = 0) -> NDArray[np.float64]:
    """Return the mean of the middle half, of at least four values; the mean of fewer."""
    return np.asarray(stats.trim_mean(values, 0.25, axis=axis))


def rows_over_tasks(by_task: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return a row a model: its mean rank and interquartile mean accuracy, with 95 % intervals.

    Parameters
    ----------
    by_task : mapping of str to sequence of mapping
        The rows of the comparison on each task, all of the same models.
    """
    tables = [*by_task.values()]
    models = [str(row["model"]) for row in tables[0]]
    means = np.array([[_of(rows, model)["mean"] for model in models] for rows in tables])
    halves = np.array(
        [
            [(_of(rows, model)["high"] - _of(rows, model)["low"]) / 2 for model in models]
            for rows in tables
        ]
    )
    luck = numpy_rng(0, "several tasks").standard_normal((DRAWS, 1, len(models)))
    drawn = np.clip(means + luck * halves / _Z, 0, 1)
    ranks = stats.rankdata(-means, axis=1).mean(axis=0)
    drawn_ranks = stats.rankdata(-drawn, axis=2).mean(axis=1)
    middle, drawn_middle = interquartile_mean(means), interquartile_mean(drawn, axis=1)
    ends = (100 * LEVEL / 2, 100 * (1 - LEVEL / 2))
    rank_ends = np.percentile(drawn_ranks, ends, axis=0)
    middle_ends = np.percentile(drawn_middle, ends, axis=0)
    return [
        {
            "model": model,
            "metric": "interquartile_mean",
            "mean": float(middle[place]),
            "low": float(min(middle_ends[0, place], middle[place])),
            "high": float(max(middle_ends[1, place], middle[place])),
            "mean_rank": float(ranks[place]),
            "rank_low": float(min(rank_ends[0, place], ranks[place])),
            "rank_high": float(max(rank_ends[1, place], ranks[place])),
            "tasks": len(tables),
            "each_task": {task: float(means[number, place]) for number, task in enumerate(by_task)},
        }
        for place, model in enumerate(models)
    ]


def verdicts_over_tasks(by_task: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return what may be said of each pair over all tasks, corrected by Holm over the pairs.

    Parameters
    ----------
    by_task : mapping of str to sequence of mapping
        The tests of the comparison on each task, all of the same pairs in the same order.

    Returns
    -------
    list of dict
        ``metric, a, b, difference, low, high, p, p_holm, verdict, tasks_better, tasks_worse``: the
        mean difference over tasks, and on how many tasks alone `a` is better, and worse.
    """
    found: list[dict[str, Any]] = []
    for of_pair in zip(*by_task.values(), strict=True):
        first = of_pair[0]
        difference = float(np.mean([test["difference"] for test in of_pair]))
        half = float(np.mean([(test["high"] - test["low"]) / 2 for test in of_pair]))
        words = [str(test["verdict"]) for test in of_pair]
        found.append(
            {
                "metric": "mean_difference",
                "a": first["a"],
                "b": first["b"],
                "difference": difference,
                "low": max(-1.0, difference - half),
                "high": min(1.0, difference + half),
                "p": float(2 * stats.norm.sf(abs(difference) / max(half / _Z, 1e-12))),
                "verdict": "one seed" if "one seed" in words else "not distinguished",
                "tasks_better": words.count("better"),
                "tasks_worse": words.count("worse"),
            }
        )
    return over_all(found)


def _of(rows: Sequence[Mapping[str, Any]], model: str) -> Mapping[str, Any]:
    return next(row for row in rows if row["model"] == model)
