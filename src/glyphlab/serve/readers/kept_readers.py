"""Finished runs that read pictures, the last few kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from glyphlab.runs import Run
from glyphlab.training.evaluation.picture_reader import PictureReader

__all__ = ["KeptReaders"]

MOST = 8


class KeptReaders:
    """Readers by run folder; one that was made again since is loaded again.

    Parameters
    ----------
    data_dir : Path or None
        Where the datasets are.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self.data_dir = data_dir
        self._kept: OrderedDict[tuple[Path, int], PictureReader] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, folder: Path) -> PictureReader:
        """Return the reader of a finished run.

        Raises
        ------
        RunError, UsageError
            As `PictureReader.load` does.
        """
        run = Run.load(folder)
        key = folder, (folder / "done").stat().st_mtime_ns
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = PictureReader.load(run, data_dir=self.data_dir, quiet=True)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return found
