"""Finished runs that read pictures, the last few kept in memory."""

from __future__ import annotations

from pathlib import Path

from glyphlab.runs import Run
from glyphlab.serve.readers.last_few import LastFew
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
        self._kept: LastFew[tuple[Path, int], PictureReader] = LastFew(MOST)

    def of(self, folder: Path) -> PictureReader:
        """Return the reader of a finished run.

        Raises
        ------
        RunError, UsageError
            As `PictureReader.load` does.
        """
        run = Run.load(folder)
        key = folder, (folder / "done").stat().st_mtime_ns
        return self._kept.of(
            key, lambda: PictureReader.load(run, data_dir=self.data_dir, quiet=True)
        )
