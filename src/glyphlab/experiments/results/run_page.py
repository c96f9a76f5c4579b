"""The page of any finished runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import UsageError
from glyphlab._common.tabular.column_table import Table
from glyphlab.experiments.command_line import page_words, report_command
from glyphlab.experiments.results.classifier_runs import certain_models, has_chance
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.footing import differing_settings
from glyphlab.experiments.results.ledger import evaluation_of, evaluation_sentence
from glyphlab.experiments.results.remarks import failures_sentences, glyphs_sentence
from glyphlab.experiments.results.result_tables import paired_table, rows_table
from glyphlab.experiments.results.table import accuracy_interval, accuracy_tests, grid_intervals
from glyphlab.metrics.model_tests.paired_tests import checked_margin
from glyphlab.reporting import interval_figure
from glyphlab.reporting.pages.compare_page import groups_page, runs_by_model
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.runs import Answers, Run, on_same_images, recipe_hash

__all__ = ["RunsReport", "report_runs", "write_run_page"]

OTHER_IMAGES = (
    "These runs were scored on different test images: each stands for itself, nothing is tested, "
    "and a higher accuracy says nothing of the model. Make a page of the runs of one task."
)


@dataclass(frozen=True, repr=False)
class RunsReport(Document):
    """What finished runs of classifiers scored, beside each other.

    Attributes
    ----------
    groups : dict of str to list of Run
        The runs behind each row.
    rows, tests : list of dict
        As `glyphlab.experiments.Comparison` has them.
    audit : dict
        Of the task that all were scored on; empty where they were scored on several.
    remarks : list of str
        Sentences that stand beside the rows.
    command : str
        The command that writes the same page.
    """

    groups: dict[str, list[Run]]
    rows: list[dict[str, Any]]
    tests: list[dict[str, Any]]
    audit: dict[str, Any]
    remarks: list[str]
    command: str

    @property
    def runs(self) -> list[Run]:
        """The finished runs."""
        return [run for group in self.groups.values() for run in group]

    @property
    def headline(self) -> str:
        """What is reported."""
        return f"The run {self.runs[0].name}" if len(self.runs) == 1 else f"{len(self.runs)} runs"

    def tables(self) -> list[Table]:
        """Return the rows and the paired tests."""
        return [rows_table(self.rows), paired_table(self.tests)]

    def picture(self) -> str:
        """Return the figure of means with intervals."""
        return interval_figure([{**row, "name": str(row["model"])} for row in self.rows])

    def notes(self) -> list[str]:
        """Return the remarks."""
        return self.remarks

    def to_json(self) -> dict[str, Any]:
        """Return rows, tests and remarks as a document."""
        return {
            "schema": SCHEMA,
            "rows": self.rows,
            "tests": self.tests,
            "remarks": self.remarks,
            "audit": self.audit,
            "command": self.command,
        }

    def page(self) -> Page:
        """Return the page of the runs."""
        question = (
            "What did this run learn, and where does it fail?"
            if len(self.runs) == 1
            else "What did these runs learn, and how do they compare?"
        )
        return groups_page(
            self.headline,
            question,
            self.rows,
            self.tests,
            self.groups,
            self.audit,
            self.command,
            remarks=self.remarks,
        )


def write_run_page(
    path: Path, runs: Sequence[Run], command: str | None = None, margin: float | None = None
) -> None:
    """Write the page of `report_runs` to a file, whole or not at all."""
    report_runs(runs, command, margin, page_words(path)).to_html(path)


def report_runs(
    runs: Sequence[Run],
    command: str | None = None,
    margin: float | None = None,
    options: Sequence[str] = (),
) -> RunsReport:
    """Put finished runs of classifiers beside each other.

    Runs of one model on one task with different seeds are taken together, and models are tested
    against each other, where all runs were scored on the same test images; otherwise every run
    stands for itself and nothing is tested.

    Parameters
    ----------
    runs : sequence of Run
        Finished ones.
    command : str, optional
        The command that makes the page again; by default ``glyphlab report`` of these runs, where
        they are.
    margin : float, optional
        Difference in accuracy that does not matter, as for `glyphlab.experiments.compare`.
    options : sequence of str
        What stands behind the runs in the default command.

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
    same = on_same_images(runs)
    groups = _alike(runs)
    seeds = [[run.summary.seed for run in members] for members in groups.values()]
    if not same or any(len(set(group)) < len(group) for group in seeds):
        groups = {run.name: [run] for run in runs}
    answers = {name: Answers.of(group) for name, group in groups.items()}
    settings = differing_settings({name: group[0].recipe for name, group in groups.items()})
    rows = [
        {**_row(name, group, answers[name]), "settings": settings[name]}
        for name, group in groups.items()
    ]
    said = command or report_command(runs, options, margin)
    remarks = [
        "" if same else OTHER_IMAGES,
        evaluation_sentence(evaluation_of(runs, said, counted=False)),
        glyphs_sentence(rows),
        *failures_sentences(rows),
    ]
    return RunsReport(
        groups,
        rows,
        accuracy_tests(answers, certain_models(groups), margin) if same else [],
        asdict(runs[0].classifier_summary.audit) if same and len(data) == 1 else {},
        [one for one in remarks if one],
        said,
    )


def _alike(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs whose recipes differ in the seed alone, by their model where it has one."""
    found: dict[str, list[Run]] = {}
    for model, members in runs_by_model(runs).items():
        alike: dict[str, list[Run]] = {}
        for run in members:
            content = {key: value for key, value in run.recipe.items() if key != "seed"}
            alike.setdefault(recipe_hash(content), []).append(run)
        for some in alike.values():
            more = f" ({len(some)} seeds)" if len(some) > 1 else ""
            found[model if len(alike) == 1 else f"{some[0].name}{more}"] = some
    return found


def _row(name: str, runs: Sequence[Run], answers: Answers) -> dict[str, Any]:
    found = accuracy_interval(answers)
    return {
        "model": name,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "seeds": found.seeds,
        "epochs": float(np.mean([run.classifier_summary.epochs_run for run in runs])),
        "each_seed": answers.each_seed,
        "has_chance": has_chance(runs[0]),
        "items": found.items,
        "glyphs": found.glyphs,
        "design_effect": found.design_effect,
        "parameters": runs[0].classifier_summary.parameters,
        "generalization_grid_intervals": grid_intervals(runs),
        "fit_seconds": float(np.mean([run.summary.fit_seconds for run in runs])),
    }
