"""What streams follow: one run epoch by epoch, and the changes of a whole folder."""

from __future__ import annotations

from typing import Any

from glyphlab._common.errors import GlyphlabError, UnknownName
from glyphlab.runs import RunInfo
from glyphlab.runs.documents import RECIPE, exists
from glyphlab.runs.followed.watched import WatchedRuns
from glyphlab.runs.history import HISTORY, read_history
from glyphlab.serve.app.areas import ServerEvent
from glyphlab.serve.jobs.run_rows import row_of
from glyphlab.serve.jobs.trainings import Trainings

__all__ = ["FollowedFolder", "FollowedRun"]

MOST_EPOCHS = 2_000
"""In one answer; the next ones follow in the next."""


class FollowedRun:
    """A run whose epochs are sent as they end; the stream ends with the run, or with its folder.

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
        self.row: dict[str, Any] = {}
        self.ended = False

    def more(self) -> list[ServerEvent]:
        """Return the epochs and states that are new."""
        try:
            info, hidden = self.runs.one(self.name)
            lines = [] if info.problem else read_history(info.path / HISTORY)
        except UnknownName:
            return self._end("removed", "")
        except GlyphlabError as error:
            return self._end("damaged", str(error))
        if info.problem and not exists(info.path / RECIPE):  # gone while it was read
            return self._end("removed", "")
        if self.epochs > len(lines):  # it was begun again
            self.epochs = 0
        found = []
        new = lines[self.epochs : self.epochs + MOST_EPOCHS]
        for number, line in enumerate(new, self.epochs + 1):
            found.append(ServerEvent("epoch", {"epoch": number, "row": line}, number))
        self.epochs += len(new)
        row = row_of(info, hidden, self.trainings)
        if row != self.row:
            self.row = row
            found.append(ServerEvent("state", row, self.epochs))
        ended = info.state in ("done", "damaged", "other schema")
        self.ended = ended and self.epochs >= len(lines)
        return found

    def _end(self, state: str, problem: str) -> list[ServerEvent]:
        self.ended = True
        said = {"name": self.name, "state": state, "problem": problem}
        return [ServerEvent("state", said, self.epochs)]


class FollowedFolder:
    """All runs of a folder: first every one, then those that changed and those that went."""

    def __init__(self, runs: WatchedRuns, trainings: Trainings) -> None:
        self.runs, self.trainings = runs, trainings
        self.known: dict[str, tuple[RunInfo, bool, dict[str, Any]]] = {}
        self.number = 0
        self.ended = False

    def more(self) -> list[ServerEvent]:
        """Return the runs that changed, in one event."""
        now, before, changed = self.runs.all(), self.known, []
        self.known = {}
        for name, info in now.runs.items():
            hidden = name in now.hidden
            seen = before.get(name)
            if seen and seen[0] is info and seen[1] == hidden and info.state == "done":
                self.known[name] = seen
                continue
            row = row_of(info, hidden, self.trainings)
            self.known[name] = info, hidden, row
            if seen is None or seen[2] != row:
                changed.append(row)
        removed = [name for name in before if name not in self.known]
        first = self.number == 0
        if not (changed or removed or first):
            return []
        self.number += 1
        return [ServerEvent("runs", {"changed": changed, "removed": removed}, self.number)]
