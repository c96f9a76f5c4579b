"""Models over several tasks: mean rank, interquartile mean, and one verdict a pair.

Intervals and verdicts are for other tasks of the kind (`glyphlab.metrics.model_tests.many_tasks`),
so that there are none from fewer than three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from glyphlab.metrics import across_tasks
from glyphlab.metrics.model_tests.many_tasks import LEAST_TASKS, AcrossTasks

__all__ = ["TOO_FEW", "rows_over_tasks", "verdicts_over_tasks"]

TOO_FEW = "too few tasks"
"""Verdict from fewer tasks than can say anything of others."""

Rows = Sequence[Mapping[str, Any]]


def rows_over_tasks(by_task: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """Return a row a model: its mean rank and interquartile mean accuracy, with 95 % intervals.

    Parameters
    ----------
    by_task : mapping of str to sequence of mapping
        The rows of the comparison on each task, all of the same models.

    Returns
    -------
    list of dict
        ``model, metric, mean, low, high, mean_rank, rank_low, rank_high, tasks, each_task``; of
        fewer than three tasks the ends are None.
    """
    means = _means(by_task)
    found = _across(by_task)
    if found is None:
        table = np.array([*means.values()])
        ranks = stats.rankdata(-table, axis=0).mean(axis=1)
        ends = dict.fromkeys(("low", "high", "rank_low", "rank_high"))
        figures = [
            {"mean": float(row.mean()), "mean_rank": float(rank), **ends}
            for row, rank in zip(table, ranks, strict=True)
        ]
    else:
        figures = [
            {
                "mean": one.middle, "low": max(0.0, one.middle_low),
                "high": min(1.0, one.middle_high), "mean_rank": one.rank,
                "rank_low": one.rank_low, "rank_high": one.rank_high,
            }
            for one in found.models
        ]  # fmt: skip
    return [
        {
            "model": model,
            "metric": "interquartile_mean",
            **of_model,
            "tasks": len(by_task),
            "each_task": dict(zip(by_task, means[model], strict=True)),
        }
        for model, of_model in zip(means, figures, strict=True)
    ]


def verdicts_over_tasks(
    by_task: Mapping[str, Rows], tests: Mapping[str, Rows]
) -> list[dict[str, Any]]:
    """Return what may be said of each pair over all tasks, corrected by Holm over the pairs.

    Parameters
    ----------
    by_task, tests : mapping of str to sequence of mapping
        The rows and the tests of the comparison on each task, all of the same models.

    Returns
    -------
    list of dict
        ``metric, a, b, difference, low, high, p, p_holm, verdict, tasks_better, tasks_worse``: the
        interquartile mean of the differences, and on how many tasks alone `a` is better, and
        worse. The verdict is ``one seed`` where a test of a task is.
    """
    found = _across(by_task)
    pairs = {(one.a, one.b): one for one in found.pairs} if found else {}
    means = _means(by_task)
    rows: list[dict[str, Any]] = []
    for of_pair in zip(*tests.values(), strict=True):
        a, b = str(of_pair[0]["a"]), str(of_pair[0]["b"])
        words = [str(test["verdict"]) for test in of_pair]
        over = pairs.get((a, b))
        plain = float(np.mean(np.subtract(means[a], means[b])))
        rows.append(
            {
                "metric": "interquartile_difference",
                "a": a,
                "b": b,
                "difference": plain if over is None else over.difference,
                "low": None if over is None else max(-1.0, over.low),
                "high": None if over is None else min(1.0, over.high),
                "p": None if over is None else over.p,
                "p_holm": None if over is None else over.p_holm,
                "verdict": TOO_FEW if over is None else over.verdict,
                "tasks_better": words.count("better"),
                "tasks_worse": words.count("worse"),
            }
        )
        if "one seed" in words:
            rows[-1]["verdict"] = "one seed"
    return rows


def _across(by_task: Mapping[str, Rows]) -> AcrossTasks | None:
    if len(by_task) < LEAST_TASKS:
        return None
    means = _means(by_task)
    ends = {
        model: [(_of(rows, model)["low"], _of(rows, model)["high"]) for rows in by_task.values()]
        for model in means
    }
    return across_tasks(means, ends)


def _means(by_task: Mapping[str, Rows]) -> dict[str, list[float]]:
    models = [str(row["model"]) for row in next(iter(by_task.values()))]
    return {
        model: [float(_of(rows, model)["mean"]) for rows in by_task.values()] for model in models
    }


def _of(rows: Rows, model: str) -> Mapping[str, Any]:
    return next(row for row in rows if row["model"] == model)
