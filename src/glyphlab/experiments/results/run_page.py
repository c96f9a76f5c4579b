"""The page of any finished runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import UsageError
from glyphlab.experiments.command_line import margin_words
from glyphlab.experiments.results.classifier_runs import has_chance
from glyphlab.experiments.results.footing import differing_settings
from glyphlab.experiments.results.ledger import evaluation_of, evaluation_sentence
from glyphlab.experiments.results.remarks import failures_sentences, glyphs_sentence
from glyphlab.experiments.results.table import accuracy_interval, accuracy_tests, grid_intervals
from glyphlab.metrics.model_tests.paired_tests import checked_margin
from glyphlab.reporting.pages.compare_page import runs_by_model, write_groups_page
from glyphlab.runs import Answers, Run

__all__ = ["write_run_page"]

OTHER_IMAGES = (
    "These runs were scored on different test images: each stands for itself, nothing is tested, "
    "and a higher accuracy says nothing of the model. Make a page of the runs of one task."
)


def write_run_page(
    path: Path, runs: Sequence[Run], command: str | None = None, margin: float | None = None
) -> None:
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
    margin : float, optional
        Difference in accuracy that does not matter, as for `glyphlab.experiments.compare`.

    Raises
    ------
    RunError
        Where a run cannot be read.
    UsageError
        Where there is no run.
    """
    checked_margin(margin)
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
    settings = differing_settings({name: group[0].recipe for name, group in groups.items()})
    rows = [
        {**_row(name, group, answers[name]), "settings": settings[name]}
        for name, group in groups.items()
    ]
    words = ["glyphlab", "report", *(run.name for run in runs), "--report", path.name]
    said = command or shlex.join([*words, *margin_words(margin)])
    other = "" if same else OTHER_IMAGES
    remarks = [
        other, evaluation_sentence(evaluation_of(runs, said, counted=False)), glyphs_sentence(rows),
        *failures_sentences(rows),
    ]  # fmt: skip
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
        accuracy_tests(answers, margin=margin) if same else [],
        groups,
        asdict(runs[0].classifier_summary.audit) if same else {},
        said,
        remarks=[one for one in remarks if one],
    )


def _row(name: str, runs: Sequence[Run], answers: Answers) -> dict[str, Any]:
    found = accuracy_interval(answers)
    return {
        "model": name,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "seeds": found.seeds,
        "each_seed": answers.each_seed,
        "has_chance": has_chance(runs[0]),
        "items": found.items,
        "glyphs": found.glyphs,
        "design_effect": found.design_effect,
        "parameters": runs[0].classifier_summary.parameters,
        "generalization_grid_intervals": grid_intervals(runs),
        "fit_seconds": float(np.mean([run.summary.fit_seconds for run in runs])),
    }
