"""A row of a published experiment: what was reported, how, and what became of it here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from glyphlab.experiments.results.table import accuracy_interval, figure_interval
from glyphlab.runs import Answers, Run
from glyphlab.tasks import Task

__all__ = [
    "Measure",
    "Measured",
    "Metric",
    "Row",
    "as_json",
    "from_answers",
    "from_fact",
    "from_values",
    "verdict_on",
]

_NO_GOOD_SIDE = (
    "correlation", "depth", "difference", "distance", "epochs", "parameters", "perplexity",
    "player_loss", "ratio",
)  # fmt: skip

Metric = Literal[
    "accuracy", "correlation", "depth", "difference", "digit_accuracy", "distance", "epochs",
    "exact_match", "images", "labels", "loss", "parameters", "perplexity", "pixels", "player_loss",
    "position_accuracy", "ratio", "seconds", "share", "target", "weighted_f1_label",
]  # fmt: skip
"""What a row may be a number of."""


@dataclass(frozen=True)
class Measured:
    """A value with its 95 % interval; `low` and `high` are None where one run cannot tell."""

    value: float
    low: float | None
    high: float | None
    seeds: int


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

    @property
    def model(self) -> str | None:
        """The model that the row is about; None where it is about the data."""
        return self.models[0] if self.models else None


def from_fact(value: float) -> Measured:
    """Return a count or share that has no chance in it."""
    return Measured(float(value), float(value), float(value), 0)


def from_values(values: Sequence[float]) -> Measured:
    """Return the mean over seeds with Student's 95 % interval; no interval from one seed."""
    mean = float(np.mean(values))
    low, high = figure_interval(values) or (None, None)
    return Measured(mean, low, high, len(values))


def from_answers(answers: Answers) -> Measured:
    """Return the share of right answers with an interval over seeds, images and their glyphs."""
    interval = accuracy_interval(answers)
    return Measured(interval.mean, interval.low, interval.high, interval.seeds)


def verdict_on(row: Row, measured: Measured, comparable: bool) -> str:
    """Return ``match``, ``better``, ``worse``, ``higher``, ``lower`` or ``not comparable``.

    A share matches where it differs from the reported one by no more than both uncertainties
    together: our interval, and the binomial 95 % half-width of the report's single run over its
    items. Of a loss, or a difference, nothing is known of the report's spread but that it was one
    training: it matches within the interval in which one more training of ours would fall. A fact
    matches where it is equal to the last digit that was printed. One training of ours may match,
    but is never called better or worse. Of what has no good side, such as a number of epochs or a
    difference, or the loss of one of two players, it is said to be higher or lower.

    A claim ``holds`` where the whole interval lies on the side that the report says, ``does not
    hold`` where the whole interval lies on the other, and is ``not distinguished`` between.
    """
    if row.not_comparable or not comparable:
        return "not comparable"
    if row.claim:
        return _on_claim(row, measured)
    if measured.low is None or measured.high is None:
        ours = 0.0
    else:
        ours = max(measured.high - measured.value, measured.value - measured.low)
    theirs = 0.0
    if row.metric in ("loss", "player_loss", "difference", "parameters"):
        theirs = ours * math.sqrt(measured.seeds)
    if row.items:
        theirs = 1.96 * math.sqrt(row.reported * (1 - row.reported) / row.items)
    # Half a unit of the last of four printed decimals is rounding, not a difference.
    allowed = math.hypot(ours, theirs) + row.slack + 5e-5
    if abs(measured.value - row.reported) <= allowed:
        return "match"
    if measured.seeds == 1:
        return "not comparable"
    above = measured.value > row.reported
    if row.metric in _NO_GOOD_SIDE:
        return "higher" if above else "lower"
    return "better" if above != (row.metric == "loss") else "worse"


def _on_claim(row: Row, measured: Measured) -> str:
    if measured.low is None or measured.high is None:
        return "not comparable"
    low, high = measured.low - row.bound, measured.high - row.bound
    if row.claim == "below":
        low, high = -high, -low
    if low > 0:
        return "holds"
    return "does not hold" if high < 0 else "not distinguished"


def as_json(row: Row, measured: Measured | None, verdict: str) -> dict[str, Any]:
    """Return the row of ``reproduce run --json``."""
    chance = measured is not None and measured.seeds > 0
    low, high = _within(row, measured) if measured is not None and chance else (None, None)
    return {
        "id": row.id,
        "what": row.what,
        "metric": row.metric,
        "reported": row.reported,
        "measured": None if measured is None else _plain(measured.value),
        # A fact has no interval; it would only repeat the value.
        "low": low,
        "high": high,
        "seeds": 0 if measured is None else measured.seeds,
        "verdict": verdict,
        "source": row.source,
        "protocol": row.protocol,
        "why": _why(row, measured, verdict),
        "model": row.model,
        "claim": f"{row.claim} {row.bound:g}" if row.claim else None,
    }


def _within(row: Row, measured: Measured) -> tuple[float | None, float | None]:
    """Return the interval without what the metric cannot be: Student's knows no such bounds."""
    low, high = measured.low, measured.high
    if low is None or high is None or row.claim:  # a claim may speak of a difference
        return low, high
    if row.metric in ("accuracy", "share"):
        return max(low, 0.0), min(high, 1.0)
    return (max(low, 0.0), high) if row.metric in ("ratio", "seconds") else (low, high)


def _why(row: Row, measured: Measured | None, verdict: str) -> str:
    """Say why a row is not comparable, where it is not."""
    if verdict != "not comparable":
        return ""
    if row.not_comparable:
        return row.not_comparable
    if measured is not None and measured.seeds == 1:
        return "one seed tells no better from worse: run more seeds at scale full"
    return "not the report's data or training: run it at scale full"


def _plain(value: float) -> float:
    """Return a count as a whole number."""
    return int(value) if value.is_integer() and abs(value) > 1 else value
