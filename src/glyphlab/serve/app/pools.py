"""Threads that do the work of requests: a few at a time, for a stated time, no endless queue."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from glyphlab.serve.app.refusals import Refused

__all__ = ["Pools"]

Answer = TypeVar("Answer")

AT_ONCE = {"files": 4, "compute": 1, "figures": 1}
"""One asks models and one draws figures: neither hooks on a net nor Matplotlib bear a second."""
WAITING = {"files": 64, "compute": 32, "figures": 16}
"""Requests that may wait for their turn; more are refused at once."""


class _Pool:
    def __init__(self, name: str) -> None:
        self.most = AT_ONCE[name] + WAITING[name]
        self.threads = ThreadPoolExecutor(AT_ONCE[name], thread_name_prefix=f"studio-{name}")
        self.inside = 0
        self.lock = threading.Lock()

    def enter(self) -> None:
        with self.lock:
            if self.inside >= self.most:
                raise Refused(429, "the studio is busy: try again in a few seconds")
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1


class Pools:
    """The threads of one studio."""

    def __init__(self) -> None:
        self._pools = {name: _Pool(name) for name in AT_ONCE}

    async def run(
        self, pool: str, work: Callable[..., Answer], *given: Any, seconds: float
    ) -> Answer:
        """Return what a function returns, called in a thread of a pool.

        A thread cannot be ended. What takes too long is answered for, and keeps its place until
        it has ended.

        Raises
        ------
        Refused
            Where too many wait already, or the time is over.
        """
        chosen = self._pools[pool]
        chosen.enter()

        def working() -> Answer:
            try:
                return work(*given)
            finally:
                chosen.leave()

        try:
            future = asyncio.get_running_loop().run_in_executor(chosen.threads, working)
        except BaseException:
            chosen.leave()
            raise
        try:
            return await asyncio.wait_for(asyncio.shield(future), seconds)
        except TimeoutError:
            future.add_done_callback(_retrieved)
            raise Refused(
                503, f"this took longer than {seconds:g} seconds: ask for less, or try again"
            ) from None

    def close(self) -> None:
        """Start nothing more."""
        for pool in self._pools.values():
            pool.threads.shutdown(wait=False, cancel_futures=True)


def _retrieved(future: asyncio.Future[Any]) -> None:
    """Take what a late thread raised, so that the loop does not complain of it."""
    if not future.cancelled():
        future.exception()
