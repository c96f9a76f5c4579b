"""Finished runs of one task, put side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RunError
from glyphlab.experiments.results.comparison import Comparison
from glyphlab.experiments.results.footing import Footing, differing_settings
from glyphlab.experiments.results.ledger import evaluation_of
from glyphlab.experiments.results.table import (
    accuracy_interval,
    accuracy_tests,
    data_interval,
    data_tests,
    grid_intervals,
)
from glyphlab.metrics import Interval, calibration
from glyphlab.recipes import parse_recipe
from glyphlab.runs import Answers, Run, commit_of, glyphs_of

__all__ = ["certain_models", "gather", "gather_over_data", "has_chance"]


def gather(
    runs: Mapping[str, Sequence[Run]],
    *,
    question: str,
    command: str,
    audit: dict[str, Any],
    counted: bool = True,
    footing: Footing = "",
    margin: float | None = None,
    plan: Mapping[str, Any] | None = None,
) -> Comparison:
    """Compare finished runs, by model name, each with its seeds.

    The evaluation of the test set is written to the ledger, unless it is `counted` elsewhere, as a
    part of a larger question. `footing` says how the settings of models were chosen, `margin` which
    difference does not matter, and `plan` what a plan for a time came to.

    Raises
    ------
    RunError
        Where the runs were not scored on the same test items.
    """
    _require_different(runs)
    answers = {model: Answers.of(seeds) for model, seeds in _on_one_test_set(runs).items()}
    return _comparison(
        runs, {model: accuracy_interval(one) for model, one in answers.items()},
        accuracy_tests(answers, certain_models(runs), margin), question=question, command=command,
        audit=audit, counted=counted, footing=footing, plan=plan,
    )  # fmt: skip


def gather_over_data(
    drawings: Sequence[Mapping[str, Sequence[Run]]],
    glyphs: Sequence[NDArray[np.int64]],
    *,
    question: str,
    command: str,
    audit: dict[str, Any],
    footing: Footing = "",
    margin: float | None = None,
    plan: Mapping[str, Any] | None = None,
) -> Comparison:
    """Compare finished runs on several drawings of the data; intervals cover other data too.

    Parameters
    ----------
    drawings : sequence of mapping of str to sequence of Run
        One a data seed: the runs by model name, each with its seeds.
    glyphs : sequence of (items, k) int64
        Ids of the glyphs on the test images of each, the same id for the same glyph in all.
    question, command, audit, footing, margin, plan
        As of `gather`; the audit is that of the first drawing.

    Raises
    ------
    RunError
        Where runs of one drawing were not scored on the same test items.
    """
    runs = {model: [run for drawing in drawings for run in drawing[model]] for model in drawings[0]}
    _require_different(runs)
    tables = {
        model: [Answers.of(_on_one_test_set(drawing)[model]).correct for drawing in drawings]
        for model in runs
    }
    return _comparison(
        runs, {model: data_interval(one, glyphs) for model, one in tables.items()},
        data_tests(tables, glyphs, margin), question=question, command=command, audit=audit,
        counted=True, footing=footing, plan=plan,
    )  # fmt: skip


def _on_one_test_set(runs: Mapping[str, Sequence[Run]]) -> Mapping[str, Sequence[Run]]:
    """Return the runs, which must have been scored on the same test items.

    Raises
    ------
    RunError
        Naming the run that was not.
    """
    truth: NDArray[Any] | None = None  # integers, or the decimal notation of long ones
    protocol = ""
    for run in (run for seeds in runs.values() for run in seeds):
        true = run.load_predictions()["true"]
        data = run.classifier_summary.protocol.data
        truth, protocol = (true, data) if truth is None else (truth, protocol)
        # Other glyphs may stand behind the same labels: then the protocol distinguishes them.
        if data != protocol or not np.array_equal(truth, true):
            raise RunError(
                f"{run.name} was scored on other test items than the runs beside it: "
                "compare runs of one task with one data seed"
            )
    return runs


def _comparison(
    runs: Mapping[str, Sequence[Run]],
    intervals: Mapping[str, Interval],
    tests: list[dict[str, Any]],
    *,
    question: str,
    command: str,
    audit: dict[str, Any],
    counted: bool,
    footing: Footing,
    plan: Mapping[str, Any] | None,
) -> Comparison:
    everything = [run for seeds in runs.values() for run in seeds]
    first = everything[0].classifier_summary
    settings = differing_settings({model: seeds[0].recipe for model, seeds in runs.items()})
    rows_of = [
        {**_row(model, seeds, intervals[model]), "settings": settings[model]}
        for model, seeds in runs.items()
    ]
    return Comparison(
        task=first.task,
        question=question,
        protocol=first.protocol.data,
        rows=rows_of,
        tests=tests,
        audit=audit,
        # The machine; the runs of a comparison may begin at several commits, which their rows name.
        env={**next(iter(runs.values()))[0].env, "threads_used": first.engine.threads},
        groups={model: list(seeds) for model, seeds in runs.items()},
        command=command,
        evaluation=evaluation_of(everything, command) if counted else None,
        engines=sorted({engine for row in rows_of for engine in row["engines"]}),
        footing=footing,
        plan=plan,
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


def certain_models(runs: Mapping[str, Sequence[Run]]) -> set[str]:
    """Return the models that leave nothing to chance: they are trained once."""
    return {model for model, (first, *_) in runs.items() if not has_chance(first)}


def has_chance(run: Run) -> bool:
    """Return whether another seed could have given another result."""
    return parse_recipe(run.recipe, run.name).has_chance


def _row(model: str, seeds: Sequence[Run], found: Interval) -> dict[str, Any]:
    """Return the row of a model: its interval, and means over its runs."""
    summaries = [run.classifier_summary for run in seeds]
    first = summaries[0]
    validated = [one.val for one in summaries if one.val is not None]
    grids = [one.generalization_grid for one in summaries if one.generalization_grid]
    cells = list(grids[0]) if grids else []
    calibrations = [
        calibration(run.load_predictions()["confidence"], run.correct, glyphs=glyphs_of(run))
        for run in seeds
    ]
    return {
        "model": model,
        "strategy": first.strategy,
        "net": seeds[0].recipe.get("model", {}).get("net"),
        "has_chance": has_chance(seeds[0]),
        "protocol": first.protocol.text,
        "epochs": _mean(one.epochs_run for one in summaries),
        "metric": "exact_match",
        **asdict(found),
        "each_seed": [float(run.correct.mean()) for run in seeds],
        "commits": sorted({commit_of(run.env) for run in seeds}),
        "engines": sorted({str(one.engine) for one in summaries}),
        "parameters": first.parameters,
        "fit_seconds": _mean(one.fit_seconds for one in summaries),
        "macro_f1_digit": _mean(one.metrics.macro_f1_digit for one in summaries),
        "macro_f1_label": _mean(one.metrics.macro_f1_label for one in summaries),
        "validation": _mean(one.exact_match for one in validated)
        if len(validated) == len(summaries)
        else None,
        "train_accuracy": _mean(one.train_accuracy for one in summaries),
        "calibration_error": _mean(one.error for one in calibrations),
        "calibration_chance": _mean(one.chance for one in calibrations),
        "generalization_grid": {cell: _mean(grid[cell] for grid in grids) for cell in cells}
        or None,
        "generalization_grid_intervals": grid_intervals(seeds),
    }


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([float(value) for value in values]))
