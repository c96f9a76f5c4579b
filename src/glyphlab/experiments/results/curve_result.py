"""Scores of several models at several numbers of training images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from glyphlab._common.tabular.column_table import Table
from glyphlab.experiments.kinds import Kind
from glyphlab.experiments.results.comparison import verdict_sentence
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.footing import Footing, footing_sentence, settings_lines
from glyphlab.experiments.results.ledger import evaluation_sentence
from glyphlab.experiments.results.remarks import failures_sentences, glyphs_sentence
from glyphlab.experiments.results.result_tables import count_of, paired_table, rows_table
from glyphlab.reporting.pages.curve_page import curve_figure, curve_page
from glyphlab.reporting.pages.generators_page import TITLES
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.runs import Run

__all__ = ["LearningCurve"]


@dataclass(frozen=True, repr=False)
class LearningCurve(Document):
    """Scores of several models at several numbers of training images.

    Attributes
    ----------
    task, protocol, command : str
    sizes : list of int
    rows : list of dict
        The rows of a comparison, each with its ``images``; of generators one for each figure.
    tests : list of dict
        The paired tests of each size, each with its ``images``; corrected over all sizes.
    env : dict
    kind : {'classifier', 'generator'}
    evaluation : int or None
        Which evaluation of its test set this is, by the user's ledger.
    footing : {'', 'equal', 'tuned'}
        How the settings of classifiers were chosen.
    trained : mapping of str to sequence of Run
        The runs of each model at the largest size: what its page shows of the data is theirs.
    """

    task: str
    protocol: str
    command: str
    sizes: list[int]
    rows: list[dict[str, Any]]
    tests: list[dict[str, Any]]
    env: dict[str, Any]
    kind: Kind = "classifier"
    evaluation: int | None = None
    footing: Footing = ""
    trained: Mapping[str, Sequence[Run]] = field(default_factory=dict, repr=False)

    @property
    def remarks(self) -> list[str]:
        """Sentences that stand beside the rows."""
        of_size = [row for row in self.rows if row["images"] == self.sizes[0]]
        differ = "; ".join(line.strip() for line in settings_lines(of_size))
        found = [
            footing_sentence(self.footing, [{**row, "settings": None} for row in of_size]),
            f"Settings that differ: {differ}." if differ else "",
            evaluation_sentence(self.evaluation),
        ]
        if self.kind == "classifier":
            found += [glyphs_sentence(self.rows), *failures_sentences(self.rows)]
        return [one for one in found if one]

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab learning-curve --json``."""
        return {
            "schema": SCHEMA,
            "task": self.task,
            "protocol": self.protocol,
            "evaluation": self.evaluation,
            "footing": self.footing or None,
            "remarks": self.remarks,
            "sizes": self.sizes,
            "rows": self.rows,
            "tests": self.tests,
            "command": self.command,
            "env": self.env,
        }

    def tables(self) -> list[Table]:
        """Return a row a size and model, and the paired tests of each size."""
        return [rows_table(self.rows), paired_table(self.tests)]

    @property
    def headline(self) -> str:
        """What was trained on what."""
        models = len({row["model"] for row in self.rows})
        sizes = ", ".join(f"{size:,}" for size in self.sizes)
        return f"{count_of(models, 'model')} of {self.task} with {sizes} training images"

    def picture(self) -> str:
        """Return the figure of the first score against the number of images."""
        return curve_figure(self.rows, str(self.rows[0]["metric"]))

    def notes(self) -> list[str]:
        """Return the remarks."""
        return self.remarks

    def page(self) -> Page:
        """Return the page of the curve."""
        return curve_page(self.to_json(), self.trained)

    def __str__(self) -> str:
        """Return a line a size and a column a model; of generators a table for each figure."""
        models = list(dict.fromkeys(row["model"] for row in self.rows))
        lines = [self.protocol]
        for sentence in self.remarks:
            lines += ["", sentence]
        for metric in dict.fromkeys(row["metric"] for row in self.rows):
            lines.append("" if self.kind == "classifier" else f"\n{TITLES[metric]}")
            lines.append(f"{'images':>8}" + "".join(f"{m:>26}" for m in models))
            for size in self.sizes:
                cells = {
                    row["model"]: row
                    for row in self.rows
                    if row["images"] == size and row["metric"] == metric
                }
                texts = [_cell(cells[model], metric) for model in models]
                lines.append(f"{size:>8,}" + "".join(f"{text:>26}" for text in texts))
        if self.kind == "classifier" and self.tests:
            lines += ["", *(f"{t['images']:,} images: {verdict_sentence(t)}" for t in self.tests)]
        return "\n".join(lines)


def _cell(row: Mapping[str, Any], metric: str) -> str:
    form = ".3f" if metric == "frechet" else ".2%"
    said = "" if row["low"] is None else f" [{row['low']:{form}}, {row['high']:{form}}]"
    return f"{row['mean']:{form}}{said}"
