"""What the page of Play follows: a training's epochs and state, and the frames that it left."""

from __future__ import annotations

from glyphlab.serve.app.areas import ServerEvent
from glyphlab.serve.jobs.followed_runs import FollowedRun
from glyphlab.serve.playing.watched_trainings import WatchedTraining

__all__ = ["FollowedTry"]

_LAST = 10
"""Questions for news after a run ended, in which its last frame may still come."""


class FollowedTry:
    """A run of Play: what `FollowedRun` says of it, and ``frame`` with each `PlayFrame`.

    A browser that comes back hears every frame again.

    Parameters
    ----------
    run : FollowedRun
    watched : WatchedTraining
    """

    def __init__(self, run: FollowedRun, watched: WatchedTraining) -> None:
        self.run, self.watched = run, watched
        self._last = 0
        self._left = _LAST
        self._problem = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.run.ended and (self._left <= 0 or not self.watched.is_looking)

    def more(self) -> list[ServerEvent]:
        """Return the epochs, states and frames that are new."""
        found = [] if self.run.ended else self.run.more()
        if self.run.ended:
            self._left -= 1
        frames = self.watched.frames(self._last)
        for frame in frames:
            found.append(ServerEvent("frame", frame.to_json(), self.run.epochs))
            self._last = frame.epoch
        if self.watched.problem != self._problem:
            self._problem = self.watched.problem
            found.append(ServerEvent("problem", {"problem": self._problem}, self.run.epochs))
        if not frames and not self.run.ended:
            self.watched.watch()
        return found
