"""What all requests of one studio share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glyphlab.runs.followed.watched import WatchedRuns
from glyphlab.serve.app.areas import Area
from glyphlab.serve.app.own_folders import without_folders
from glyphlab.serve.app.pools import Pools
from glyphlab.serve.jobs.reproduction_jobs import ReproductionJobs
from glyphlab.serve.jobs.trainings import Trainings
from glyphlab.serve.readers.kept_pages import KeptPages
from glyphlab.serve.readers.kept_readers import KeptReaders

__all__ = ["Settings", "Studio"]


@dataclass(frozen=True)
class Settings:
    """How a studio was started.

    Attributes
    ----------
    root : Path
        The folder of runs.
    read_only : bool
        Whether visitors may only look, draw and ask; the owner may do everything.
    data_dir : Path or None
        Where the datasets are.
    at_once : int
        Trainings that run side by side.
    embedded : Path or None
        The run of the embedded model.
    own_folders : tuple of str
        Folders of this machine that answers leave out of paths.
    """

    root: Path
    read_only: bool = False
    data_dir: Path | None = None
    at_once: int = 1
    embedded: Path | None = None
    own_folders: tuple[str, ...] = ()


class Studio:
    """The runs, models, trainings and threads behind the pages.

    Parameters
    ----------
    settings : Settings
    areas : sequence of Area
    """

    def __init__(self, settings: Settings, areas: Sequence[Area]) -> None:
        self.settings, self.areas = settings, tuple(areas)
        self.runs = WatchedRuns(settings.root)
        self.readers = KeptReaders(settings.data_dir)
        self.pages = KeptPages()
        self.trainings = Trainings(settings.root, settings.data_dir, settings.at_once)
        self.reproductions = ReproductionJobs(settings.root, settings.data_dir)
        self.pools = Pools()
        self.streams = 0
        self.closing = False

    def folder_of(self, name: str) -> Path:
        """Return the folder of a run by its name; of the embedded model too.

        Raises
        ------
        UnknownName
            Where no run of the studio has that name.
        """
        embedded = self.settings.embedded
        if embedded is not None and name == embedded.name:
            return embedded
        return self.runs.find(name)

    def said(self, text: str) -> str:
        """Return a text of an answer, without what visitors need not know."""
        return without_folders(text, self.settings.own_folders)

    def close(self) -> None:
        """End streams and trainings, which keep their checkpoints, and remove what was kept."""
        self.closing = True
        self.trainings.close()
        self.reproductions.close()
        self.pools.close()
        self.pages.close()
