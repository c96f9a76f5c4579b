"""The page of any finished runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import UsageError
from glyphlab.experiments.results.table import accuracy_interval, accuracy_tests
from glyphlab.reporting.pages.compare_page import runs_by_model, write_groups_page
from glyphlab.runs import Answers, Run

__all__ = ["write_run_page"]


def write_run_page(path: Path, runs: Sequence[Run], command: str | None = None) -> None:
    """Write the report of any finished runs of classifiers as one HTML file.

    Runs of one model on one task with different seeds are taken together, and models are tested
    against each other, where all runs were scored on the same test images; otherwise every run
    stands for itself and nothing is tested.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    runs : sequence of Run
        Finished ones.
    command : str, optional
        The command that makes the page again; by default ``glyphlab report`` of these runs.

    Raises
    ------
    RunError
        Where a run cannot be read.
    UsageError
        Where there is no run.
    """
    if not runs:
        raise UsageError("found no runs to report, expected at least one: glyphlab runs list")
    data = {run.classifier_summary.protocol.data for run in runs}
    truth = [run.load_predictions()["true"] for run in runs]
    same = len(data) == 1 and all(np.array_equal(one, truth[0]) for one in truth)
    groups = runs_by_model(runs)
    seeds = [[run.summary.seed for run in members] for members in groups.values()]
    if not same or any(len(set(group)) < len(group) for group in seeds):
        groups = {run.name: [run] for run in runs}
    answers = {name: Answers.of(group) for name, group in groups.items()}
    rows = [_row(name, group, answers[name]) for name, group in groups.items()]
    words = ["glyphlab", "report", *(run.name for run in runs), "--report", path.name]
    if len(runs) == 1:
        title = f"The run {runs[0].name}"
        question = "What did this run learn, and where does it fail?"
    else:
        title, question = f"{len(runs)} runs", "What did these runs learn, and how do they compare?"
    write_groups_page(
        path,
        title,
        question,
        rows,
        accuracy_tests(answers) if same else [],
        groups,
        asdict(runs[0].classifier_summary.audit) if same else {},
        command or shlex.join(words),
    )


def _row(name: str, runs: Sequence[Run], answers: Answers) -> dict[str, Any]:
    found = accuracy_interval(answers)
    return {
        "model": name,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "seeds": found.seeds,
        "items": found.items,
        "glyphs": found.glyphs,
        "design_effect": found.design_effect,
        "parameters": runs[0].classifier_summary.parameters,
        "fit_seconds": float(np.mean([run.summary.fit_seconds for run in runs])),
    }
