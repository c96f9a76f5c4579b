"""Trainings of Play that are watched: a frame after every epoch, kept for every tab."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from pathlib import Path

from glyphlab._common.errors import GlyphlabError
from glyphlab.runs.documents import exists
from glyphlab.runs.locks.lock import is_locked
from glyphlab.serve.playing.play_frames import FrameMaker, PlayFrame

__all__ = ["WatchedTraining", "watched"]

_EVERY = 0.06
"""Seconds between two checks of a checkpoint: epochs of Play take longer."""
_PATIENCE = 20.0
"""Seconds without a training after which the thread ends; a training takes some to start."""
_ASK = 2.0
"""Seconds between two questions whether the run trains at all."""
_KEPT = 40


class WatchedTraining:
    """One run, whose frames are made by a thread for as long as it trains.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem = ""
        self._frames: dict[int, PlayFrame] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def frames(self, after: int = 0) -> list[PlayFrame]:
        """Return the frames of the epochs after one, in their order."""
        with self._lock:
            return [one for epoch, one in sorted(self._frames.items()) if epoch > after]

    def watch(self) -> None:
        """Start the thread that makes frames, where none runs."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self.problem = ""
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def forget(self) -> None:
        """Forget all frames: the run is trained from its beginning."""
        with self._lock:
            self._frames.clear()

    @property
    def is_looking(self) -> bool:
        """Whether frames may still come."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def _look(self) -> None:
        try:
            maker = FrameMaker(self.folder)
            last = max(self._frames, default=0)
            until, ask = time.monotonic() + _PATIENCE, 0.0
            while not self._is_done() and (now := time.monotonic()) < until:
                if (found := maker.of_checkpoint(last)) is not None:
                    last = found.epoch
                    self._keep(found)
                if now > ask:  # rarely: to ask for the lock is to hold it for an instant
                    ask = now + _ASK
                    if not exists(self.folder / "recipe.json"):
                        return
                    if is_locked(self.folder):
                        until = now + _PATIENCE
                time.sleep(_EVERY)
            if self._is_done() and not self._frames:
                self._keep(maker.of_finished())
        except (GlyphlabError, OSError) as error:
            if exists(self.folder / "recipe.json"):  # not one that was removed meanwhile
                self.problem = str(error)

    def _keep(self, frame: PlayFrame) -> None:
        with self._lock:
            self._frames[frame.epoch] = frame

    def _is_done(self) -> bool:
        return (self.folder / "done").exists()


_all: OrderedDict[Path, WatchedTraining] = OrderedDict()
_all_lock = threading.Lock()


def watched(folder: Path) -> WatchedTraining:
    """Return the frames of a run, the same object for everybody; the last few are kept."""
    with _all_lock:
        if folder not in _all:
            _all[folder] = WatchedTraining(folder)
            for path, one in list(_all.items()):
                if len(_all) > _KEPT and not one.is_looking and path != folder:
                    with contextlib.suppress(KeyError):
                        del _all[path]
        _all.move_to_end(folder)
        return _all[folder]
