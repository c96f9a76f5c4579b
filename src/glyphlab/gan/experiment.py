"""One question to generators: a key of the recipe at several values, over seeds, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from glyphlab.errors import UsageError
from glyphlab.evaluate import holm, student_interval
from glyphlab.gan.alarms import HEALTHY, first_alarm
from glyphlab.gan.outcome import GanOutcome
from glyphlab.report.answer import signed
from glyphlab.report.gan_experiment_page import experiment_answer, write_experiment_page

__all__ = ["GanExperiment", "parse_question"]

SCHEMA = 1
ASKED = ("frechet", "coverage")
"""Figures that pairs of values are tested by."""


@dataclass(frozen=True)
class GanExperiment:
    """Outcomes of the values of one key.

    Attributes
    ----------
    key : str
        Of the recipe, as ``nets.latent``.
    outcomes : dict of str to GanOutcome
        By value, each of the same seeds.
    command : str
    """

    key: str
    outcomes: dict[str, GanOutcome]
    command: str

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab gan --vary --json``."""
        return {
            "schema": SCHEMA,
            "key": self.key,
            "values": {value: one.to_json() for value, one in self.outcomes.items()},
            "tests": self.tests(),
            "command": self.command,
        }

    def tests(self) -> list[dict[str, Any]]:
        """Return what may be said of each pair of values, by each figure that is asked.

        Trainings of one seed are shown the same images in the same order and are a pair; the mean
        difference has Student's interval, and p is corrected by Holm within a figure. With one seed
        nothing is said.
        """
        found = []
        for figure in ASKED:
            rows: list[dict[str, Any]] = []
            for a, b in combinations(self.outcomes, 2):
                apart = np.subtract(self._values(a, figure), self._values(b, figure))
                row: dict[str, Any] = {
                    "figure": figure, "a": a, "b": b, "difference": float(apart.mean()),
                    "low": None, "high": None, "p": None, "verdict": "one seed",
                }  # fmt: skip
                if len(apart) > 1:
                    row["low"], row["high"] = student_interval(apart.tolist())
                    row["p"] = _p_value(apart)
                rows.append(row)
            tested = [row for row in rows if row["p"] is not None]
            if tested:
                corrected = holm([row["p"] for row in tested])
                for row, p in zip(tested, corrected, strict=True):
                    row["p_holm"] = float(p)
                    row["verdict"] = _word(row["difference"], float(p))
            found += rows
        return found

    @property
    def verdict(self) -> str:
        """``healthy``, or the first alarm of any value."""
        return first_alarm(one.verdict for one in self.outcomes.values())

    def report(self, path: str | Path) -> Path:
        """Write the page, one self-contained HTML file, and return its path."""
        first = next(iter(self.outcomes.values())).runs[0]
        samples = {
            value: one.runs[0].load_predictions()["samples"] for value, one in self.outcomes.items()
        }
        write_experiment_page(Path(path), self.to_json(), samples, first.env)
        return Path(path)

    def __str__(self) -> str:
        """Return a line a value, a line a test, and the answer in words."""
        lines = ["smaller distances and larger coverages are better"]
        lines += [f"{self.key:<24}{'Fréchet distance':>28}{'coverage':>28}  alarms"]
        for value, one in self.outcomes.items():
            found = one.to_json()
            cells = [_cell(found, name) for name in ASKED]
            raised = sum(run["verdict"] != HEALTHY for run in found["runs"])
            lines.append(
                f"{value:<24}{cells[0]:>28}{cells[1]:>28}  {raised} of {found['seeds']} trainings"
            )
        for test in self.tests():
            apart = f"{test['difference']:+.3f}"
            if test["figure"] == "coverage":
                apart = f"{signed(test['difference'])} points"
            lines.append(
                f"  {test['figure']}: {test['a']} less {test['b']} is {apart}, {test['verdict']}"
            )
        return "\n".join([*lines, *experiment_answer(self.to_json())])

    def _values(self, value: str, figure: str) -> list[float]:
        judged = [run.generator_summary.judged for run in self.outcomes[value].runs]
        return [float(getattr(one, figure)) for one in judged]


def parse_question(text: str) -> tuple[str, list[str]]:
    """Read ``key=a,b,c``.

    Raises
    ------
    UsageError
        For no key, fewer than two values, or one twice.
    """
    key, equals, rest = text.partition("=")
    values = [value.strip() for value in rest.split(",") if value.strip()]
    if not key.strip() or not equals or len(values) < 2 or len(set(values)) < len(values):
        raise UsageError(
            f"--vary {text}: expected a key and at least two different values, as "
            "nets.latent=70,100"
        )
    return key.strip(), values


def _cell(found: dict[str, Any], name: str) -> str:
    interval = found["intervals"][name]
    form = ".1%" if name == "coverage" else ".3f"
    said = "" if interval is None else f" [{interval[0]:{form}}, {interval[1]:{form}}]"
    return f"{found[name]:{form}}{said}"


def _p_value(apart: NDArray[np.float64]) -> float:
    """Return Student's p of a mean difference of none."""
    error = float(np.std(apart, ddof=1)) / len(apart) ** 0.5
    if error == 0:
        return float(not apart.any())
    return float(2 * stats.t.sf(abs(apart.mean()) / error, len(apart) - 1))


def _word(difference: float, p: float) -> str:
    if p >= 0.05:
        return "not distinguished"
    return "higher" if difference > 0 else "lower"
