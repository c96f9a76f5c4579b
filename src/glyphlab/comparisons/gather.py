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
from glyphlab.train import Recipe
from glyphlab.train.engine import Engine

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
    _require_different(runs)
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
    rows_of = [_row(model, seeds, correct[model], sure[model]) for model, seeds in runs.items()]
    return Comparison(
        task=first["task"],
        question=question,
        # What follows the first semicolon is the training of one model; it stands in its row.
        protocol=first["protocol"].split(";")[0],
        rows=rows_of,
        tests=[asdict(verdict) for verdict in verdicts(_for_every_seed(runs, correct))],
        audit=audit,
        # The machine; the runs of a comparison may begin at several commits, which their rows name.
        env={**next(iter(runs.values()))[0].env, "threads_used": first["threads"]},
        run_dirs=[Path(run.path) for seeds in runs.values() for run in seeds],
        command=command,
        engines=sorted({engine for row in rows_of for engine in row["engines"]}),
    )


def _require_different(runs: Mapping[str, Sequence[Run]]) -> None:
    """Insist that no training stands twice among the seeds of a comparison.

    Raises
    ------
    RunError
        Naming the run that does.
    """
    names = [run.name for seeds in runs.values() for run in seeds]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunError(
            f"{twice[0]} stands {names.count(twice[0])} times in this comparison, and one training "
            "counts once: name different runs, or train more seeds"
        )


def _for_every_seed(
    runs: Mapping[str, Sequence[Run]], correct: Mapping[str, NDArray[np.bool_]]
) -> dict[str, NDArray[np.bool_]]:
    """Return the tables to be tested, with a row for every seed.

    A model that leaves nothing to chance is trained once, and any other seed would have given the
    same: its seeds bring no variance, and it is no reason to withhold a verdict.
    """
    most = max(2, *(len(table) for table in correct.values()))
    return {
        model: table
        if Recipe.from_mapping(runs[model][0].recipe, runs[model][0].name).has_chance
        else np.repeat(table[:1], most, 0)
        for model, table in correct.items()
    }


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
        "engines": sorted({Engine.described(summary) for summary in summaries}),
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
