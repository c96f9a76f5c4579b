"""What streams follow: one run epoch by epoch, and the changes of a whole folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glyphlab._common.errors import GlyphlabError, UnknownName
from glyphlab.runs import RunInfo
from glyphlab.runs.followed.watched import WatchedRuns
from glyphlab.runs.followed.wishes import is_asked_to_stop, is_hidden
from glyphlab.runs.history import read_history
from glyphlab.serve.app.areas import ServerEvent
from glyphlab.serve.jobs.trainings import Trainings

__all__ = ["FollowedFolder", "FollowedRun", "described", "seconds_left"]


def described(info: RunInfo, trainings: Trainings) -> dict[str, Any]:
    """Return a run as lists and streams show it, as JSON can hold it.

    Its ``state`` is that of `RunInfo`, or ``waiting`` and ``stopping``, or ``failed`` where its
    training, which this studio started, ended with an error.
    """
    found = info.to_json()
    del found["path"]
    own = trainings.state_of(info.name)
    if info.state in ("running", "interrupted"):
        if own is not None:
            found["state"] = own
        elif info.state == "running" and is_asked_to_stop(info.path):
            found["state"] = "stopping"
        elif problem := trainings.failure_of(info.name):
            found |= {"state": "failed", "problem": problem}
    found["hidden"] = is_hidden(info.path)
    return found


def seconds_left(rows: list[dict[str, Any]], planned: int | None) -> float | None:
    """Return how long a training takes yet, by the mean of its last epochs; None if unknown."""
    seconds = [row["seconds"] for row in rows[-5:] if isinstance(row.get("seconds"), int | float)]
    if not seconds or planned is None:
        return None
    return max(0.0, (planned - len(rows)) * sum(seconds) / len(seconds))


class FollowedRun:
    """A run whose epochs are told as they end; it ends with the run, or with its folder.

    Parameters
    ----------
    runs : WatchedRuns
    trainings : Trainings
    name : str
    after : int
        Epochs that are known already.
    """

    def __init__(self, runs: WatchedRuns, trainings: Trainings, name: str, after: int) -> None:
        self.runs, self.trainings, self.name = runs, trainings, name
        self.epochs = after
        self.state: Mapping[str, Any] = {}
        self.ended = False

    def more(self) -> list[ServerEvent]:
        """Return the epochs and states that are new."""
        try:
            info = self.runs.one(self.name)
            rows = read_history(info.path / "metrics.jsonl") if info.epochs else []
        except UnknownName:
            self.ended = True
            return [ServerEvent("state", {"name": self.name, "state": "removed"}, self.epochs)]
        except GlyphlabError as error:
            self.ended = True
            said = {"name": self.name, "state": "damaged", "problem": str(error)}
            return [ServerEvent("state", said, self.epochs)]
        if self.epochs > len(rows):  # it was begun again
            self.epochs = 0
        found = []
        for number, row in enumerate(rows[self.epochs :], self.epochs + 1):
            found.append(ServerEvent("epoch", {"epoch": number, "row": row}, number))
        self.epochs = len(rows)
        state = described(info, self.trainings)
        state["seconds_left"] = seconds_left([*rows], info.epochs_planned)
        if state != self.state:
            self.state = state
            found.append(ServerEvent("state", state, self.epochs))
        self.ended = info.state in ("done", "damaged", "other schema")
        return found


class FollowedFolder:
    """All runs of a folder: first every one, then those that changed and those that went."""

    def __init__(self, runs: WatchedRuns, trainings: Trainings) -> None:
        self.runs, self.trainings = runs, trainings
        self.known: dict[str, dict[str, Any]] = {}
        self.number = 0
        self.ended = False

    def more(self) -> list[ServerEvent]:
        """Return the runs that changed, in one event."""
        self.trainings.look_after()
        now = {info.name: described(info, self.trainings) for info in self.runs.all()}
        changed = [run for name, run in now.items() if self.known.get(name) != run]
        removed = [name for name in self.known if name not in now]
        first, self.known = self.number == 0, now
        if not (changed or removed or first):
            return []
        self.number += 1
        return [ServerEvent("runs", {"changed": changed, "removed": removed}, self.number)]
