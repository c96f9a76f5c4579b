"""Generators put side by side: by Fréchet distance, coverage, and drawing what they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.tabular.column_table import Table
from glyphlab._common.tabular.number_texts import signed
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.generator_outcome import GeneratorOutcome
from glyphlab.experiments.results.result_tables import count_of, paired_table, rows_table
from glyphlab.experiments.results.table import FIGURES, figure_tests
from glyphlab.reporting.pages.generators_page import (
    TITLES,
    generators_answer,
    generators_page,
    seeds_text,
)
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.training.evaluation.alarms import HEALTHY, first_alarm

__all__ = ["GeneratorComparison", "GeneratorVariation", "better_or_worse"]

SHARES = ("coverage", "label_accuracy")


@dataclass(frozen=True, repr=False)
class GeneratorComparison(Document):
    """What several generators came to with the same seeds.

    Attributes
    ----------
    outcomes : dict of str to GeneratorOutcome
        By label, each of the same seeds.
    command, question : str
        What makes it again, and what was asked.
    """

    outcomes: Mapping[str, GeneratorOutcome]
    command: str
    question: str = "Which generates best?"

    @property
    def figures(self) -> list[str]:
        """Figures that all of them have: an unconditional generator has no such labels."""
        every = [run.generator_summary.scores for one in self.outcomes.values() for run in one.runs]
        return [name for name in FIGURES if all(getattr(one, name) is not None for one in every)]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each generator and figure."""
        rows = []
        for label, one in self.outcomes.items():
            found = one.to_json()
            for name in self.figures:
                low, high = found["intervals"][name] or (None, None)
                rows.append(
                    {
                        "model": label,
                        "metric": name,
                        "mean": found[name],
                        "low": low,
                        "high": high,
                        "seeds": found["seeds"],
                        "each_seed": [float(run[name]) for run in found["runs"]],
                        "parameters": found["parameters"]["generator"],
                        "fit_seconds": found["fit_seconds"],
                        "alarms": sum(run["verdict"] != HEALTHY for run in found["runs"]),
                    }
                )
        return rows

    @property
    def tests(self) -> list[dict[str, Any]]:
        """What may be said of each pair by each figure: of `a`, ``better`` or ``worse``."""
        return [
            {**test, "metric": test["figure"], "verdict": better_or_worse(test)}
            for test in self._figure_tests()
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab compare --json``."""
        first = next(iter(self.outcomes.values()))
        found = first.to_json()
        return {
            "schema": SCHEMA,
            "task": found["task"],
            "data": found["data"],
            "protocol": found["protocol"],
            "samples": found["samples"],
            "reference_classifier": found["reference_classifier"],
            "frechet_floor": found["frechet_floor"],
            "rows": self.rows,
            "tests": self.tests,
            "verdict": self.verdict,
            "command": self.command,
            "env": first.runs[0].env,
            "engines": sorted(
                {str(run.summary.engine) for one in self.outcomes.values() for run in one.runs}
            ),
        }

    def tables(self) -> list[Table]:
        """Return a row a generator and figure, and the paired tests."""
        return [rows_table(self.rows, self._column), paired_table(self.tests)]

    @property
    def _column(self) -> str:
        """What distinguishes them."""
        return "model"

    @property
    def headline(self) -> str:
        """What was compared."""
        first = next(iter(self.outcomes.values()))
        seeds = count_of(len(first.runs), "seed")
        return f"{len(self.outcomes)} generators of {first.runs[0].generator_summary.data}, {seeds}"

    def notes(self) -> list[str]:
        """Return what may be concluded."""
        values = {label: one.to_json() for label, one in self.outcomes.items()}
        return generators_answer(values, self._figure_tests())

    @property
    def verdict(self) -> str:
        """``healthy``, or the first alarm of any of them."""
        return first_alarm(one.verdict for one in self.outcomes.values())

    def page(self) -> Page:
        """Return the page."""
        return self._page(f"Generators of {self.to_json()['data']}")

    def __str__(self) -> str:
        """Return a line each, a line a test, and the answer in words."""
        return self._text(self._column)

    def _page(self, title: str) -> Page:
        return generators_page(
            title=title,
            question=self.question,
            column=self._column,
            values={label: one.to_json() for label, one in self.outcomes.items()},
            figures=self.figures,
            tests=self._figure_tests(),
            samples={label: _samples(one) for label, one in self.outcomes.items()},
            command=self.command,
            trained={label: one.runs for label, one in self.outcomes.items()},
        )

    def _text(self, column: str) -> str:
        width = max(24, *(len(label) + 2 for label in self.outcomes))
        head = "".join(f"{TITLES[name]:>28}" for name in self.figures)
        lines = [
            "smaller distances and larger shares are better",
            f"{column:<{width}}{head}  alarms",
        ]
        for label, one in self.outcomes.items():
            found = one.to_json()
            cells = "".join(f"{_cell(found, name):>28}" for name in self.figures)
            raised = sum(run["verdict"] != HEALTHY for run in found["runs"])
            lines.append(f"{label:<{width}}{cells}  {raised} of {seeds_text(found['seeds'])}")
        for test in self._figure_tests():
            apart = f"{test['difference']:+.3f}"
            if test["figure"] in SHARES:
                apart = f"{signed(test['difference'])} points"
            lines.append(
                f"  {TITLES[test['figure']]}: {test['a']} less {test['b']} is {apart}, "
                f"{test['verdict']}"
            )
        values = {label: one.to_json() for label, one in self.outcomes.items()}
        return "\n".join([*lines, *generators_answer(values, self._figure_tests())])

    def _figure_tests(self) -> list[dict[str, Any]]:
        return figure_tests(
            {
                name: {
                    label: [float(getattr(run.generator_summary.scores, name)) for run in one.runs]
                    for label, one in self.outcomes.items()
                }
                for name in self.figures
            }
        )


@dataclass(frozen=True, repr=False)
class GeneratorVariation(GeneratorComparison):
    """Generators that differ in one key.

    Attributes
    ----------
    key : str
        Of the recipe, as ``model.latent``; labels are its values.
    """

    key: str = ""

    @property
    def _column(self) -> str:
        """What distinguishes them."""
        return self.key

    @property
    def tests(self) -> list[dict[str, Any]]:
        """What may be said of each pair by each figure: of `a`, ``higher`` or ``lower``."""
        return [{**test, "metric": test["figure"]} for test in self._figure_tests()]

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab vary --json``."""
        return {
            "schema": SCHEMA,
            "key": self.key,
            "values": {value: one.to_json() for value, one in self.outcomes.items()},
            "rows": self.rows,
            "tests": self.tests,
            "command": self.command,
        }

    def page(self) -> Page:
        """Return the page."""
        first = next(iter(self.outcomes.values())).runs[0].generator_summary
        return self._page(f"{self.key}: {first.model} on {first.data}")


def _samples(one: GeneratorOutcome) -> NDArray[np.uint8]:
    return np.asarray(one.runs[0].load_predictions()["samples"])


def _cell(found: Mapping[str, Any], name: str) -> str:
    interval = found["intervals"][name]
    form = ".1%" if name in SHARES else ".3f"
    said = "" if interval is None else f" [{interval[0]:{form}}, {interval[1]:{form}}]"
    return f"{found[name]:{form}}{said}"


def better_or_worse(test: Mapping[str, Any]) -> str:
    """Return the verdict on the first of a pair by a figure that is good when high, or low."""
    word = str(test["verdict"])
    if word not in ("higher", "lower"):
        return word
    return "better" if (word == "higher") == FIGURES[str(test["figure"])] else "worse"
