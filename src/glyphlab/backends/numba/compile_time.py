"""How long this process has compiled loops, so that it counts as no training."""

from __future__ import annotations

import time

from numba.core import event

__all__ = ["compile_seconds", "count_compilation"]


class _Listener(event.Listener):
    """Adds up the time of compilations; one within another is part of it."""

    def __init__(self) -> None:
        self.seconds, self.depth, self.started = 0.0, 0, 0.0

    def on_start(self, event: object) -> None:
        del event
        if not self.depth:
            self.started = time.perf_counter()
        self.depth += 1

    def on_end(self, event: object) -> None:
        del event
        self.depth -= 1
        if not self.depth:
            self.seconds += time.perf_counter() - self.started


_LISTENER = _Listener()


def count_compilation() -> None:
    """Count from now on; numba compiles under one lock, so that no two threads do at once."""
    event.register("numba:compile", _LISTENER)  # type: ignore[no-untyped-call]


def compile_seconds() -> float:
    """Return the seconds that this process has spent on compiling so far."""
    return _LISTENER.seconds
