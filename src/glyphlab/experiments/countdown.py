"""Which training of how many begins, and how long the rest takes: said by every experiment."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import numpy as np

from glyphlab._common.progress import note
from glyphlab.training.executors.base import Workers, executor_in_force

__all__ = ["Countdown", "Name"]

Name = tuple[str, int | None]
"""What a training is called, and its seed where that says something."""
SHOWN = 6
"""Names of trainings side by side that are said at most."""


class Countdown:
    """Says which trainings begin, and how long those that are left will take.

    One serves a whole experiment, however many calls train it. A single training says nothing.

    Parameters
    ----------
    total : int
        Trainings in all.
    quiet : bool
        Say nothing.
    last : tuple of int and float
        How many of the trainings, the last ones, take how many times as long as those before: of a
        search's winner for the test set.

    Attributes
    ----------
    aside : str
        What else is said, such as the best so far; empty for nothing.
    """

    def __init__(
        self, total: int, *, quiet: bool = False, last: tuple[int, float] = (0, 1.0)
    ) -> None:
        self._total, self._quiet, self.aside = total, quiet, ""
        self._last, self._longer = last
        self._seconds: list[float] = []  # each as long as one of those before the last ones
        self._passed = 0
        self._at_once = isinstance(executor_in_force(), Workers)
        self._begun: tuple[float, int] | None = None
        self._counting = threading.RLock()  # trials of a round begin in threads of their own

    def begin(self, names: Sequence[Name]) -> None:
        """Hear that trainings begin, side by side where there are several."""
        with self._counting:
            self._begin(names)

    def _begin(self, names: Sequence[Name]) -> None:
        now = self._settle()
        self._begun = now, len(names)
        if not self._quiet and self._total > 1:
            done = len(self._seconds) + self._passed
            words = [
                f"{_numbers(done, len(names), self._total)}: {_named(names)}", self.aside,
                _left(self._real(), self._size(done, self._total)),
            ]  # fmt: skip
            note(", ".join(word for word in words if word))

    def pass_over(self, count: int) -> None:
        """Hear that some of the trainings are there already, or will not be."""
        with self._counting:
            self._settle()
            self._passed += count

    def _real(self) -> list[float]:
        """Return the time of each training that was not there already.

        Workers begin as many as they are at first, and then one whenever one has ended: what counts
        is the time between those.
        """
        real = [number for number, seconds in enumerate(self._seconds) if seconds > 1]
        if self._at_once:
            return self._seconds[real[0] :] if real else []
        return [self._seconds[number] for number in real]

    def _settle(self) -> float:
        """Take down how long the last trainings took, and return what time it is."""
        now = time.monotonic()
        if self._begun is not None:
            since, count = self._begun
            done = len(self._seconds) + self._passed
            size = self._size(done, done + count)
            self._seconds.extend([(now - since) / size] * count)
            self._begun = None
        return now

    def _size(self, start: int, stop: int) -> float:
        """Return how many usual trainings those from `start` up to `stop` count for."""
        longer = max(0, stop - max(start, self._total - self._last))
        return stop - start - longer + longer * self._longer


def _numbers(done: int, now: int, whole: int) -> str:
    if now == 1:
        return f"run {done + 1} of {whole}"
    return f"runs {done + 1} to {done + now} of {whole}, side by side"


def _named(names: Sequence[Name]) -> str:
    if len(names) == 1:
        ((name, seed),) = names
        return name if seed is None else f"{name}, seed {seed}"
    different = [*dict.fromkeys(name for name, _ in names)]
    more = len(different) - SHOWN
    return ", ".join(different[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _left(real: Sequence[float], runs: float) -> str:
    """Return the time that the remaining runs will take, once something was really trained."""
    if not real:
        return ""
    minutes = np.mean(real) * runs / 60
    return f"about {minutes:.0f} min left" if minutes >= 1 else "under a minute left"
