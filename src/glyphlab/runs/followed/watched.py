"""The runs of one folder, listed again and again: what did not change is not read again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from glyphlab._common.errors import UnknownName
from glyphlab.runs.documents import RECIPE
from glyphlab.runs.followed.wishes import is_hidden
from glyphlab.runs.history import HISTORY
from glyphlab.runs.index import RunInfo, State, run_info
from glyphlab.runs.locks.lock import is_locked, lock_of
from glyphlab.runs.run_folders import HIDDEN, hidden_name

__all__ = ["Listing", "WatchedRuns"]

_FRESH = 0.3
"""Seconds that a list is given again, as each of many pages asks for it."""
_SETTLED = 5.0
"""Seconds after which a finished run is looked at again."""
Signature = tuple[int, int, int]


@dataclass(frozen=True)
class Listing:
    """The runs of a folder at one moment.

    Attributes
    ----------
    runs : mapping of str to RunInfo
        By name, in its order. One that did not change is the same object as before.
    hidden : frozenset of str
        Names of those that lists leave out.
    """

    runs: Mapping[str, RunInfo]
    hidden: frozenset[str]


@dataclass(frozen=True)
class _Seen:
    signature: Signature
    info: RunInfo
    at: float


class WatchedRuns:
    """The runs of one folder.

    Parameters
    ----------
    root : Path
        The folder; one that is not there has no runs yet.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()
        self._last = Listing(MappingProxyType({}), frozenset())
        self._until = 0.0

    def all(self) -> Listing:
        """Return every run, as it is now or was a moment ago.

        Raises
        ------
        OSError
            Where the folder lets nobody look into it.
        """
        with self._lock:
            began = time.monotonic()
            if began < self._until:
                return self._last
            names, hidden = self._names()
            self._seen = {name: self._look(name, began) for name in names}
            runs = {name: self._seen[name].info for name in names}
            self._last = Listing(MappingProxyType(runs), hidden)
            now = time.monotonic()
            self._until = now + max(_FRESH, 4 * (now - began))
            return self._last

    def changed(self) -> None:
        """Look again the next time: something was just done to a run."""
        self._until = 0.0

    def names(self) -> list[str]:
        """Return the names of all runs."""
        return self._names()[0]

    def find(self, name: str) -> Path:
        """Return the folder of the run of that very name; no other path is ever looked at.

        Raises
        ------
        UnknownName
            With the nearest right name.
        """
        if name in self._last.runs and os.path.lexists(self.root / name / RECIPE):
            return self.root / name
        names = self.names()
        if name not in names:
            raise UnknownName("run", name, names, where="in this folder", beginnings=True)
        return self.root / name

    def one(self, name: str) -> tuple[RunInfo, bool]:
        """Return one run as it is now, and whether it is hidden; `UnknownName` if there is none."""
        folder = self.find(name)
        with self._lock:
            self._seen[name] = self._look(name, float("inf"))
            return self._seen[name].info, is_hidden(folder)

    def _names(self) -> tuple[list[str], frozenset[str]]:
        """Return the names of run folders, and those that a file beside them hides."""
        names, linked, beside_them = [], set(), set()
        try:
            with os.scandir(self.root) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith("."):
                        beside_them.add(name)
                    elif os.path.lexists(f"{entry.path}{os.sep}{RECIPE}"):
                        names.append(name)
                        if entry.is_symlink():  # its files lie beside the folder that it leads to
                            linked.add(name)
        except FileNotFoundError:
            pass
        hidden = frozenset(
            name for name in names
            if (is_hidden(self.root / name) if name in linked
                else hidden_name(name, HIDDEN) in beside_them)
        )  # fmt: skip
        return sorted(names), hidden

    def _look(self, name: str, now: float) -> _Seen:
        seen = self._seen.get(name)
        if seen is not None and seen.info.state == "done" and now < seen.at + _SETTLED:
            return seen
        folder = self.root / name
        signature = _signature(folder)
        if seen is None or seen.signature != signature:
            return _Seen(signature, run_info(folder, lines=False), time.monotonic())
        if seen.info.state in ("running", "interrupted"):  # a lock lies beside the folder
            locked = lock_of(folder).exists() and is_locked(folder)
            state: State = "running" if locked else "interrupted"
            if state != seen.info.state:
                return replace(seen, info=replace(seen.info, state=state))
        return replace(seen, at=time.monotonic())


def _signature(folder: Path) -> Signature:
    """Return what changes whenever a run does: files that come and go, and lines that are added."""
    of_folder, (lines, size) = _changed(str(folder))[0], _changed(f"{folder}{os.sep}{HISTORY}")
    return of_folder, lines, size


def _changed(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of them, several times a second
    except OSError:
        return 0, -1
    return found.st_mtime_ns, found.st_size
