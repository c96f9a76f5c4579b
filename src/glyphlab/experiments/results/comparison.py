"""The result of a comparison: rows with intervals, paired tests, and the page of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glyphlab._common.tabular.column_table import Table
from glyphlab._common.tabular.number_texts import points
from glyphlab._common.tabular.table_forms import as_text
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.footing import Footing, footing_sentence, settings_lines
from glyphlab.experiments.results.ledger import evaluation_sentence
from glyphlab.experiments.results.remarks import (
    drawings_sentence,
    failures_sentences,
    glyphs_sentence,
)
from glyphlab.experiments.results.result_tables import count_of, paired_table, rows_table
from glyphlab.reporting import comparison_page, interval_figure
from glyphlab.reporting.pages.answer import gap, power_sentence
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.runs import Run
from glyphlab.training.engine_choice import engines_sentence

__all__ = ["Comparison", "verdict_sentence"]


@dataclass(frozen=True, repr=False)
class Comparison(Document):
    """What several models with several seeds scored on the same test items.

    Attributes
    ----------
    task, question, protocol : str
        Name of the task, what was asked, and how the data were made.
    rows : list of dict
        One a model: ``model, strategy, net, has_chance, protocol, epochs, metric, mean, low, high,
        seeds, items, covers, glyphs, design_effect, each_seed, engines, parameters, fit_seconds,
        macro_f1_digit, macro_f1_label, validation, train_accuracy, calibration_error,
        calibration_chance, generalization_grid, generalization_grid_intervals, settings``. Means
        are over seeds; ``low`` and ``high`` bound a 95 % interval over seeds and test items.
        ``settings`` are those by which rows differ.
    tests : list of dict
        One a pair: ``metric, a, b, difference, low, high, p, p_holm, verdict, detectable,
        smallest_margin, margin, p_equivalent``.
    audit : dict
        What the splits share.
    env : dict
        What the first run was trained with.
    groups : dict of str to list of Run
        The finished runs behind each row.
    command : str
        What makes it again.
    evaluation : int or None
        Which evaluation of its test set this is, by the user's ledger; None where it has none.
    engines : list of str
        The different engines that the runs were trained on, in words, sorted; which model ran on
        which stands in the rows.
    footing : {'', 'equal', 'tuned', 'searched'}
        How the settings of the models were chosen.
    plan : mapping or None
        Images, epochs and seeds that were chosen for a time, with the time that was expected.
    """

    task: str
    question: str
    protocol: str
    rows: list[dict[str, Any]]
    tests: list[dict[str, Any]]
    audit: dict[str, Any]
    env: dict[str, Any]
    groups: dict[str, list[Run]]
    command: str
    engines: list[str]
    evaluation: int | None = None
    footing: Footing = ""
    plan: Mapping[str, Any] | None = None

    @property
    def runs(self) -> list[Run]:
        """The finished runs behind it."""
        return [run for group in self.groups.values() for run in group]

    @property
    def varied(self) -> str:
        """The key whose values the rows are; empty where they are models."""
        return ""

    @property
    def remarks(self) -> list[str]:
        """Sentences that stand beside the rows."""
        found = [
            footing_sentence(self.footing, self.rows),
            str((self.plan or {}).get("sentence", "")),
            drawings_sentence(self.rows),
            evaluation_sentence(self.evaluation),
            glyphs_sentence(self.rows),
            *failures_sentences(self.rows),
        ]
        return [one for one in found if one]

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Comparison on {self.task}"

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab compare --json``."""
        return {
            "schema": SCHEMA,
            "task": self.task,
            "protocol": self.protocol,
            "evaluation": self.evaluation,
            "footing": self.footing or None,
            "plan": None if self.plan is None else dict(self.plan),
            "remarks": self.remarks,
            "rows": self.rows,
            "tests": self.tests,
            "audit": self.audit,
            "command": self.command,
            "env": self.env,
            "engines": self.engines,
        }

    def tables(self) -> list[Table]:
        """Return the rows, the highest mean first, and the paired tests."""
        ranked = sorted(self.rows, key=lambda row: -float(row["mean"]))
        return [rows_table(ranked, self.varied or "model"), paired_table(self.tests)]

    @property
    def headline(self) -> str:
        """What was compared, and which has the highest mean."""
        first = max(self.rows, key=lambda row: float(row["mean"]))
        what = count_of(len(self.rows), "value" if self.varied else "model")
        return (
            f"{self.title}: {what}, {count_of(int(first['seeds']), 'seed')}; highest mean "
            f"{first['model']}, {first['mean']:.2%}"
        )

    def picture(self) -> str:
        """Return the figure of means with intervals."""
        return interval_figure([{**row, "name": str(row["model"])} for row in self.rows])

    def notes(self) -> list[str]:
        """Return the remarks."""
        return self.remarks

    def page(self) -> Page:
        """Return the comparison's page."""
        return comparison_page(
            title=self.title,
            question=self.question,
            runs=self.groups,
            comparison=self.to_json(),
            audit=self.audit,
            command=self.command,
            key=self.varied,
        )

    def __str__(self) -> str:
        """Return the table and the verdicts as text."""
        lines = [self.protocol, "", as_text(self.table())]
        if sentence := engines_sentence({row["model"]: row["engines"] for row in self.rows}):
            lines += ["", sentence]
        for sentence in self.remarks:
            lines += ["", sentence]
        if settings := settings_lines(self.rows, self.varied):
            lines += ["", "settings that differ", *settings]
        lines.append("")
        lines += [verdict_sentence(test) for test in self.tests]
        return "\n".join(lines)


def verdict_sentence(test: Mapping[str, Any]) -> str:
    """Return what a paired test says, in a sentence."""
    said = gap(test["difference"], test["low"], test["high"])
    pair = f"{test['a']} and {test['b']}"
    if test["verdict"] == "one seed":
        return f"{pair}: {said}; one seed cannot tell which is better"
    if test["verdict"] == "not distinguished":
        margin = (
            ""
            if test["margin"] is None
            else f"; not shown to be equal within {points(test['margin'])}, the smallest margin "
            f"that could be is {points(test['smallest_margin'])}"
        )
        return (
            f"{pair} are not distinguished: {said}, p {test['p_holm']:.2g}; "
            f"{power_sentence(test['detectable'])}{margin}"
        )
    if test["verdict"] == "equivalent":
        margin = points(test["margin"])
        return f"{pair} are equal within {margin}: {said}, p {test['p_equivalent']:.2g}"
    return f"{test['a']} is {test['verdict']} than {test['b']}: {said}, p {test['p_holm']:.2g}"
