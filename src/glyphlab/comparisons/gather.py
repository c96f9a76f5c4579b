"""Finished runs of one task, put side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.comparisons.comparison import Comparison
from glyphlab.errors import RunError
from glyphlab.evaluate import calibration, mean_interval, verdicts
from glyphlab.runs import Run, commit_of

__all__ = ["gather"]


def gather(
    runs: Mapping[str, Sequence[Run]], *, question: str, command: str, audit: dict[str, Any]
) -> Comparison:
    """Compare finished runs, by model name, each with its seeds.

    Raises
    ------
    RunError
        Where the runs were not scored on the same test items.
    """
    truth: NDArray[np.int64] | None = None
    protocol = ""
    correct: dict[str, NDArray[np.bool_]] = {}
    sure: dict[str, NDArray[np.float32]] = {}
    for model, seeds in runs.items():
        for run in seeds:
            arrays = run.load_predictions()
            data = run.classifier_summary.protocol.data
            truth, protocol = (arrays["true"], data) if truth is None else (truth, protocol)
            # Other glyphs may stand behind the same labels: then the protocol tells them apart.
            if data != protocol or not np.array_equal(truth, arrays["true"]):
                raise RunError(
                    f"{run.name} was scored on other test items than the runs beside it: "
                    "compare runs of one task with one data seed"
                )
        correct[model] = np.stack([run.correct for run in seeds])
        sure[model] = np.stack([run.load_predictions()["confidence"] for run in seeds])
    first = next(iter(runs.values()))[0].classifier_summary
    return Comparison(
        task=first.task,
        question=question,
        protocol=protocol,
        rows=[_row(model, seeds, correct[model], sure[model]) for model, seeds in runs.items()],
        tests=[asdict(verdict) for verdict in verdicts(correct)],
        audit=audit,
        # The machine; the runs of a comparison may begin at several commits, which their rows name.
        env={**next(iter(runs.values()))[0].env, "threads_used": first.threads},
        runs=[run for seeds in runs.values() for run in seeds],
        command=command,
    )


def _row(
    model: str, seeds: Sequence[Run], correct: NDArray[np.bool_], sure: NDArray[np.float32]
) -> dict[str, Any]:
    summaries = [run.classifier_summary for run in seeds]
    first = summaries[0]
    validated = [one.val for one in summaries if one.val is not None]
    squares = [one.square for one in summaries if one.square]
    cells = list(squares[0]) if squares else []
    return {
        "model": model,
        "strategy": first.strategy,
        "protocol": first.protocol.text,
        "epochs": _mean(one.epochs_run for one in summaries),
        "metric": "exact_match",
        **asdict(mean_interval(correct)),
        "each_seed": [float(row.mean()) for row in correct],
        "commits": sorted({commit_of(run.env) for run in seeds}),
        "parameters": first.parameters,
        "fit_seconds": _mean(one.fit_seconds for one in summaries),
        "macro_f1_digit": _mean(one.metrics.macro_f1_digit for one in summaries),
        "macro_f1_label": _mean(one.metrics.macro_f1_label for one in summaries),
        "validation": _mean(one.exact_match for one in validated)
        if len(validated) == len(summaries)
        else None,
        "train_accuracy": _mean(one.train_accuracy for one in summaries),
        "calibration_error": _mean(
            calibration(*one).error for one in zip(sure, correct, strict=True)
        ),
        "square": {cell: _mean(square[cell] for square in squares) for cell in cells} or None,
    }


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([float(value) for value in values]))
