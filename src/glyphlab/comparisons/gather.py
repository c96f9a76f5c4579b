"""Finished runs of one task, put side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
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
    truth: NDArray[Any] | None = None  # integers, or the decimal notation of long ones
    protocol = ""
    correct: dict[str, NDArray[np.bool_]] = {}
    sure: dict[str, NDArray[np.float32]] = {}
    for model, seeds in runs.items():
        rows = []
        for run in seeds:
            arrays = run.load_predictions()
            data = run.summary["audit"]["protocol"]
            truth, protocol = (arrays["true"], data) if truth is None else (truth, protocol)
            # Other glyphs may stand behind the same labels: then the protocol tells them apart.
            if data != protocol or not np.array_equal(truth, arrays["true"]):
                raise RunError(
                    f"{run.name} was scored on other test items than the runs beside it: "
                    "compare runs of one task with one data seed"
                )
            rows.append((arrays["pred"] == truth).all(1))
        correct[model] = np.stack(rows)
        sure[model] = np.stack([run.load_predictions()["confidence"] for run in seeds])
    first = next(iter(runs.values()))[0].summary
    return Comparison(
        task=first["task"],
        question=question,
        # What follows the first semicolon is the training of one model; it stands in its row.
        protocol=first["protocol"].split(";")[0],
        rows=[_row(model, seeds, correct[model], sure[model]) for model, seeds in runs.items()],
        tests=[asdict(verdict) for verdict in verdicts(correct)],
        audit=audit,
        # The machine; the runs of a comparison may begin at several commits, which their rows name.
        env={**next(iter(runs.values()))[0].env, "threads_used": first["threads"]},
        run_dirs=[Path(run.path) for seeds in runs.values() for run in seeds],
        command=command,
    )


def _row(
    model: str, seeds: Sequence[Run], correct: NDArray[np.bool_], sure: NDArray[np.float32]
) -> dict[str, Any]:
    summaries = [run.summary for run in seeds]
    interval = asdict(mean_interval(correct))

    def mean(*path: str) -> float:
        values = []
        for summary in summaries:
            value: Any = summary
            for key in path:
                value = value[key]
            values.append(float(value))
        return float(np.mean(values))

    squares = [summary["square"] for summary in summaries if summary["square"]]
    cells = list(squares[0]) if squares else []
    return {
        "model": model,
        "strategy": summaries[0]["strategy"],
        "protocol": summaries[0]["protocol"],
        "epochs": mean("epochs_run"),
        "metric": "exact_match",
        **interval,
        "each_seed": [float(row.mean()) for row in correct],
        "commits": sorted({commit_of(run.env) for run in seeds}),
        "parameters": summaries[0]["parameters"],
        "fit_seconds": mean("fit_seconds"),
        "macro_f1_digit": mean("metrics", "macro_f1_digit"),
        "macro_f1_label": mean("metrics", "macro_f1_label"),
        "validation": mean("val", "exact_match") if all(s["val"] for s in summaries) else None,
        "train_accuracy": mean("train_accuracy"),
        "calibration_error": float(
            np.mean([calibration(*one).error for one in zip(sure, correct, strict=True)])
        ),
        "square": {cell: float(np.mean([s[cell] for s in squares])) for cell in cells} or None,
    }
