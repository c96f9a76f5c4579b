"""A row of a published experiment: what was reported, how, and what was measured of it here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from glyphlab.experiments.results.table import accuracy_interval, figure_interval
from glyphlab.runs import Answers, Run
from glyphlab.tasks import Task

__all__ = [
    "NO_GOOD_SIDE",
    "SHARES",
    "Measure",
    "Measured",
    "Metric",
    "Row",
    "from_answers",
    "from_events",
    "from_fact",
    "from_values",
]

SHARES = (
    "accuracy", "digit_accuracy", "exact_match", "position_accuracy", "share",
    "weighted_f1_label",
)  # fmt: skip
"""Metrics between 0 and 1 that count items."""
NO_GOOD_SIDE = (
    "correlation", "depth", "difference", "distance", "epochs", "images", "kilobytes", "labels",
    "megabytes", "number", "parameters", "perplexity", "pixels", "player_loss", "ratio", "target",
)  # fmt: skip
"""Metrics of which more is neither better nor worse."""
_SIGNED = ("difference", "distance", "epochs", "loss", "player_loss", "seconds")
"""Metrics that may be below 0 in a claim, where they are a difference."""
MARGIN = 0.005
"""Shares within it of each other are called equal: half a point."""
LOSS_MARGIN = 0.05
"""The same for losses, as a share of the reported one."""

Metric = Literal[
    "accuracy", "correlation", "depth", "difference", "digit_accuracy", "distance", "epochs",
    "exact_match", "images", "kilobytes", "labels", "loss", "megabytes", "number", "parameters",
    "perplexity", "pixels", "player_loss", "position_accuracy", "ratio", "seconds", "share",
    "target", "weighted_f1_label",
]  # fmt: skip
"""What a row may be a number of."""


@dataclass(frozen=True)
class Measured:
    """A value with its 95 % interval.

    Attributes
    ----------
    value : float
    low, high : float or None
        None where one run cannot tell.
    seeds : int
        0 for a fact.
    covers : str
        What the interval is over: ``"seeds"``, ``"items"`` or ``"seeds and items"``; empty where
        there is none.
    values : tuple of float
        One a seed, where the value is their mean.
    answers : Answers or None
        Right and wrong answers, where the value is their mean.
    items : int or None
        How many items were counted, where it is known.
    """

    value: float
    low: float | None
    high: float | None
    seeds: int
    covers: str = "seeds"
    values: tuple[float, ...] = ()
    answers: Answers | None = field(default=None, repr=False, compare=False)
    items: int | None = None


Measure = Callable[[Task, Sequence[Run]], Measured]


@dataclass(frozen=True)
class Row:
    """One reported number.

    Attributes
    ----------
    id : str
        Short name, unique in its report.
    what : str
        What was measured, in words.
    metric : Metric
    reported : float
        As printed in the report; shares in 0..1. Of a sentence without a number, the bound that it
        sets.
    source : str
        The table or sentence of the report.
    protocol : str
        How the report came to it: seeds, data, selection.
    measure : callable
        From the task and the runs of `models`, one model after the other, to the measured value.
    models : tuple of str
        The models whose runs stand behind the row, and first the one that it is about; none for
        facts about the data.
    items : int, optional
        How many items the reported share was counted on.
    not_comparable : str
        Why the row cannot be held against ours, where that is so.
    slack : float
        How far from `reported` the report's own words reach: 500 where it says 27,000 to 28,000.
    claim : {'', 'above', 'below'}
        Where the report says in words that the value is above or below `bound`: then the row asks
        whether that holds, not whether the number comes out again.
    bound : float
        See `claim`.
    rounding : float
        Half a unit of the last digit that was printed.
    margin : float, optional
        Difference that does not matter; by default half a point of a share, and a twentieth of a
        loss. Of other metrics nothing is called equal unless a row states a margin.
    by_construction : bool
        No model of this kind can give another value, so that agreement says nothing of the paper.
    span : (float, float), optional
        Least and greatest value; by default those of the metric.
    measured_by : str
        Name of the measure: rows with the same one are of one kind.
    item : int
        Number of the printed number or sentence that it measures, among those that were counted in
        the reports; 0 where a row is ours.
    table : str
        Where the report prints the number apart from the others of its kind: then it is not one of
        the values that their intervals have to distinguish.
    report_error : str
        What the report itself has wrong here, in a sentence.
    """

    id: str
    what: str
    metric: Metric
    reported: float
    source: str
    protocol: str
    measure: Measure
    models: tuple[str, ...] = ()
    items: int | None = None
    not_comparable: str = ""
    slack: float = 0.0
    claim: Literal["", "above", "below"] = ""
    bound: float = 0.0
    rounding: float = 0.0
    margin: float | None = None
    by_construction: bool = False
    span: tuple[float, float] | None = None
    measured_by: str = ""
    item: int = 0
    table: str = ""
    report_error: str = ""

    @property
    def model(self) -> str | None:
        """The model that the row is about; None where it is about the data."""
        return self.models[0] if self.models else None

    @property
    def range(self) -> tuple[float, float]:
        """The least and the greatest value that such a number can have."""
        if self.span is not None:
            return self.span
        if self.metric in SHARES:
            return 0.0, 1.0
        if self.metric in ("correlation", "difference"):
            return -1.0, 1.0
        return -math.inf if self.claim and self.metric in _SIGNED else 0.0, math.inf

    @property
    def equal_within(self) -> float | None:
        """The margin within which the two numbers are called equal, or None."""
        if self.margin is not None or self.claim:
            return self.margin
        if self.metric in SHARES:
            return MARGIN
        if self.metric in ("loss", "player_loss"):
            return LOSS_MARGIN * abs(self.reported) or None
        return None


def from_fact(value: float) -> Measured:
    """Return a count or share that has no chance in it."""
    return Measured(float(value), float(value), float(value), 0, "")


def from_values(values: Sequence[float], items: int | None = None) -> Measured:
    """Return the mean over seeds with Student's 95 % interval; no interval from one seed."""
    mean = float(np.mean(values))
    low, high = figure_interval(values) or (None, None)
    covers = "" if low is None else "seeds"
    return Measured(mean, low, high, len(values), covers, tuple(map(float, values)), items=items)


def from_events(events: Sequence[bool]) -> Measured:
    """Return the share of trainings in which something happened, with its exact 95 % interval.

    Student's interval of nothing but zeros has no width. C. J. Clopper, E. S. Pearson, "The use of
    confidence or fiducial limits illustrated in the case of the binomial", *Biometrika* 26 (1934).
    """
    from scipy.special import betaincinv

    count, happened = len(events), sum(events)
    found = from_values([float(one) for one in events])
    if count < 2:
        return found
    low = betaincinv(happened, count - happened + 1, 0.025) if happened else 0.0
    high = betaincinv(happened + 1, count - happened, 0.975) if happened < count else 1.0
    return replace(found, low=float(low), high=float(high))


def from_answers(answers: Answers) -> Measured:
    """Return the share of right answers with an interval over seeds, images and their glyphs."""
    found = accuracy_interval(answers)
    covers = "items" if found.seeds == 1 else "seeds and items"
    return Measured(
        found.mean, found.low, found.high, found.seeds, covers,
        tuple(answers.each_seed), answers, found.items,
    )  # fmt: skip
