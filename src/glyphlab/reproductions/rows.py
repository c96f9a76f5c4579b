"""A row of a published experiment: what was reported, how, and what became of it here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from glyphlab.compose import Task
from glyphlab.evaluate import mean_interval
from glyphlab.runs import Run

__all__ = [
    "Measured",
    "Row",
    "as_json",
    "from_correct",
    "from_fact",
    "from_values",
    "verdict_on",
]

Measure = Callable[[Task, Sequence[Run]], "Measured"]


@dataclass(frozen=True)
class Measured:
    """A value with its 95 % interval; `low` and `high` are None where one run cannot tell."""

    value: float
    low: float | None
    high: float | None
    seeds: int


@dataclass(frozen=True)
class Row:
    """One reported number.

    Attributes
    ----------
    id : str
        Short name, unique in its report.
    what, metric : str
        What was measured, in words, and the name of the metric.
    reported : float
        As printed in the report; shares in 0..1.
    source : str
        The table or sentence of the report.
    protocol : str
        How the report came to it: seeds, data, selection.
    measure : callable
        From the task and the runs of `model` to the measured value.
    model : str, optional
        The model whose runs stand behind the row; none for facts about the data.
    against : str, optional
        A second model, whose runs follow those of `model` in what `measure` is given: for rows that
        say one is above the other.
    items : int, optional
        How many items the reported share was counted on.
    not_comparable : str
        Why the row cannot be held against ours, where that is so.
    also : tuple of str
        More models, for rows that speak of a whole table; their runs follow those of `against`.
    """

    id: str
    what: str
    metric: str
    reported: float
    source: str
    protocol: str
    measure: Measure
    model: str | None = None
    items: int | None = None
    against: str | None = None
    not_comparable: str = ""
    also: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[str, ...]:
        """All models whose runs stand behind the row, in the order that `measure` gets them."""
        return tuple(one for one in (self.model, self.against, *self.also) if one)


def from_fact(value: float) -> Measured:
    """Return a count or share that has no chance in it."""
    return Measured(float(value), float(value), float(value), 0)


def from_values(values: Sequence[float]) -> Measured:
    """Return the mean over seeds with Student's 95 % interval; no interval from one seed."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Measured(mean, None, None, len(values))
    half = float(stats.t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1))
    half /= math.sqrt(len(values))
    return Measured(mean, mean - half, mean + half, len(values))


def from_correct(correct: NDArray[np.bool_]) -> Measured:
    """Return the mean of correctness ``(seeds, items)`` with an interval over both."""
    interval = mean_interval(correct)
    return Measured(interval.mean, interval.low, interval.high, interval.seeds)


def verdict_on(row: Row, measured: Measured, comparable: bool) -> str:
    """Return ``match``, ``better``, ``worse`` or ``not comparable``.

    A share matches where it differs from the reported one by no more than both uncertainties
    together: our interval, and the binomial 95 % half-width of the report's single run over its
    items. Of a loss, or a difference, nothing is known of the report's spread but that it was one
    training: it matches within the interval in which one more training of ours would fall. A fact
    matches where it is equal to the last digit that was printed. One training of ours may match,
    but is never called better or worse.
    """
    if row.not_comparable or not comparable:
        return "not comparable"
    if measured.low is None or measured.high is None:
        ours = 0.0
    else:
        ours = max(measured.high - measured.value, measured.value - measured.low)
    theirs = 0.0
    if row.metric in ("loss", "difference"):
        theirs = ours * math.sqrt(measured.seeds)
    if row.items:
        theirs = 1.96 * math.sqrt(row.reported * (1 - row.reported) / row.items)
    # Half a unit of the last of four printed decimals is rounding, not a difference.
    allowed = math.hypot(ours, theirs) + 5e-5
    if abs(measured.value - row.reported) <= allowed:
        return "match"
    if measured.seeds == 1:
        return "not comparable"
    above = measured.value > row.reported
    return "better" if above != (row.metric in ("loss", "epochs")) else "worse"


def as_json(row: Row, measured: Measured | None, verdict: str) -> dict[str, Any]:
    """Return the row of ``reproduce --json``."""
    chance = measured is not None and measured.seeds > 0
    return {
        "id": row.id,
        "what": row.what,
        "metric": row.metric,
        "reported": row.reported,
        "measured": None if measured is None else _plain(measured.value),
        # A fact has no interval; it would only repeat the value.
        "low": measured.low if measured is not None and chance else None,
        "high": measured.high if measured is not None and chance else None,
        "seeds": 0 if measured is None else measured.seeds,
        "verdict": verdict,
        "source": row.source,
        "protocol": row.protocol,
        "why": _why(row, measured, verdict),
        "model": row.model,
    }


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
