"""A run as lists, pages and streams show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal

from pydantic import BaseModel, Field

from glyphlab._common.errors import RunError
from glyphlab.runs import RunInfo
from glyphlab.runs.followed.wishes import is_asked_to_stop
from glyphlab.runs.history import HISTORY, read_history
from glyphlab.serve.jobs.trainings import Trainings

__all__ = ["RunRow", "row_of", "seconds_left"]

_KEYS = tuple(field.name for field in fields(RunInfo) if field.name != "path")
_LAST = 5
"""Epochs whose mean says how long the next ones take."""

State = Literal[
    "waiting", "running", "stopping", "interrupted", "failed", "done", "other schema", "damaged"
]


class RunRow(BaseModel):
    """A run in a list."""

    name: str
    state: State
    epochs: int = Field(description="Epochs trained so far.")
    epochs_planned: int | None = Field(description="That the training has at most.")
    seconds_left: float | None = Field(description="Until its training ends, while it runs.")
    kind: str | None
    task: str | None
    data: str | None
    model: str | None
    seed: int | None
    group: str | None = Field(description="The same in runs that differ in the seed alone.")
    exact_match: float | None = Field(description="On test images, from 0 to 1.")
    verdict: str | None = Field(description="Of a generator.")
    fit_seconds: float | None
    problem: str = Field(description="What is wrong with it; empty where nothing is.")
    hidden: bool


def row_of(info: RunInfo, hidden: bool, trainings: Trainings) -> dict[str, Any]:
    """Return the keys of a `RunRow`.

    Its state is that of `RunInfo`, or ``waiting`` or ``stopping``, or ``failed`` where its
    training, which this studio started, ended with an error.
    """
    found = {key: getattr(info, key) for key in _KEYS}
    found |= {"hidden": hidden, "seconds_left": None}
    if info.state not in ("running", "interrupted"):
        return found
    own = trainings.state_of(info.name)
    if own is not None:
        found["state"] = own
    elif info.state == "running" and is_asked_to_stop(info.path):
        found["state"] = "stopping"
    elif info.state == "interrupted" and (problem := trainings.failure_of(info.name)):
        found |= {"state": "failed", "problem": problem}
    if found["state"] == "running" and info.epochs:
        try:
            rows = read_history(info.path / HISTORY)
        except RunError:
            rows = []
        found["seconds_left"] = seconds_left(rows, info.epochs_planned)
    return found


def seconds_left(rows: Sequence[Mapping[str, Any]], planned: int | None) -> float | None:
    """Return how long a training takes yet, by the mean of its last epochs; None if unknown."""
    seconds = [
        float(row["seconds"])
        for row in rows[-_LAST:]
        if isinstance(row.get("seconds"), int | float)
    ]
    if not seconds or planned is None:
        return None
    return max(0.0, (planned - len(rows)) * sum(seconds) / len(seconds))
