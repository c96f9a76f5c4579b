"""The runs of one folder, listed again and again: what did not change is not read again."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from glyphlab._common.errors import UnknownName
from glyphlab.runs.index import RunInfo, run_info
from glyphlab.runs.lock import is_locked, lock_of

__all__ = ["WatchedRuns"]

_PROGRESS = "metrics.jsonl"
Signature = tuple[int, int, int]


@dataclass(frozen=True)
class _Seen:
    signature: Signature
    info: RunInfo


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

    def all(self) -> list[RunInfo]:
        """Return every run by name, as it is now.

        Raises
        ------
        OSError
            Where the folder lets nobody look into it.
        """
        with self._lock:
            names = self.names()
            self._seen = {name: self._look(name) for name in names}
            return [self._seen[name].info for name in names]

    def find(self, name: str) -> Path:
        """Return the folder of the run of that very name; no other path is ever looked at.

        Raises
        ------
        UnknownName
            With the nearest right name.
        """
        names = self.names()
        if name not in names:
            raise UnknownName("run", name, names, where="in this folder", beginnings=True)
        return self.root / name

    def one(self, name: str) -> RunInfo:
        """Return one run, as it is now; `UnknownName` where there is none."""
        self.find(name)
        with self._lock:
            self._seen[name] = self._look(name)
            return self._seen[name].info

    def names(self) -> list[str]:
        """Return the names of all run folders."""
        try:
            with os.scandir(self.root) as entries:
                return sorted(
                    entry.name
                    for entry in entries
                    if not entry.name.startswith(".")
                    and os.path.lexists(os.path.join(entry.path, "recipe.json"))  # noqa: PTH118
                )
        except FileNotFoundError:
            return []

    def _look(self, name: str) -> _Seen:
        folder = self.root / name
        signature, seen = _signature(folder), self._seen.get(name)
        if seen is None or seen.signature != signature:
            return _Seen(signature, run_info(folder))
        if seen.info.state in ("running", "interrupted"):  # a lock lies beside the folder
            locked = lock_of(folder).exists() and is_locked(folder)
            state = "running" if locked else "interrupted"
            return _Seen(signature, replace(seen.info, state=state))
        return seen


def _signature(folder: Path) -> Signature:
    """Return what changes whenever a run does: files that come and go, and lines that are added."""
    of_folder, (lines, size) = _changed(str(folder))[0], _changed(f"{folder}{os.sep}{_PROGRESS}")
    return of_folder, lines, size


def _changed(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - thousands of them, several times a second
    except OSError:
        return 0, -1
    return found.st_mtime_ns, found.st_size
