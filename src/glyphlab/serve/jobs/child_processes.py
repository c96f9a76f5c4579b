"""Commands of Glyphlab in processes of their own: a few at once, the others wait for their turn."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.untrusted.last_words import last_line

__all__ = ["INTERRUPTED", "ChildProcesses", "State", "begun", "failure_in"]

INTERRUPTED = 130
"""Exit code of a command that was stopped behind a checkpoint."""
_PATIENCE = 20.0
"""Seconds that commands have to write their checkpoint when the studio ends."""
_NICER = 5
"""Behind the pages, which must answer while the machine trains."""

State = Literal["waiting", "running", "stopping"]


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    stopping: bool = False


@dataclass(frozen=True)
class _Ended:
    code: int
    stopped: bool
    moment: float


class ChildProcesses:
    """Processes by name, in the order in which they were asked for.

    Parameters
    ----------
    at_once : int
        That run side by side.
    begin : callable
        Starts the process of a name. Where it raises a `GlyphlabError` or an `OSError`, as what was
        removed while it waited does, the next one has its turn.

    Attributes
    ----------
    lock : RLock
        For what must not change between a look at a state and what follows from it.
    """

    def __init__(self, at_once: int, begin: Callable[[str], subprocess.Popen[bytes]]) -> None:
        self.at_once, self._begin = at_once, begin
        self.lock = threading.RLock()
        self._waiting: deque[str] = deque()
        self._children: dict[str, _Child] = {}
        self._ended: dict[str, _Ended] = {}
        self._closed = False

    def add(self, name: str) -> None:
        """Start the process of a name, when its turn comes."""
        with self.lock:
            self.look_after()  # how its last process ended is known before it is forgotten
            self._ended.pop(name, None)
            self._waiting.append(name)
            self.look_after()

    def stop(self, name: str, *, signalled: bool) -> bool:
        """Take back what waits, or say of what runs that it is to stop.

        Parameters
        ----------
        name : str
        signalled : bool
            Whether a process that runs gets SIGTERM; otherwise it hears of it in another way.

        Returns
        -------
        bool
            Whether it waited or ran.
        """
        with self.lock:
            if name in self._waiting:
                self._waiting.remove(name)
                return True
            child = self._children.get(name)
            if child is None:
                return False
            child.stopping = True
            if signalled:
                child.process.send_signal(signal.SIGTERM)
            return True

    def forget(self, name: str) -> None:
        """Forget how the process of a name ended."""
        with self.lock:
            self._ended.pop(name, None)

    def state_of(self, name: str) -> State | None:
        """Return how far one is; None where it neither waits nor runs."""
        with self.lock:
            if name in self._waiting:
                return "waiting"
            child = self._children.get(name)
            if child is None or child.process.poll() is not None:
                return None
            return "stopping" if child.stopping else "running"

    def includes(self, name: str, pid: int) -> bool:
        """Whether a process is the one of a name that runs, or one that it began."""
        with self.lock:
            child = self._children.get(name)
        if child is None:
            return False
        if os.name == "posix":  # where each has a session of its own
            with contextlib.suppress(OSError):
                return os.getsid(pid) == child.process.pid
        return pid == child.process.pid

    def code_of(self, name: str) -> int | None:
        """Return the exit code of one that ended; None where nothing is known of it."""
        with self.lock:
            self.look_after()
            ended = self._ended.get(name)
            return None if ended is None else ended.code

    def moment_of(self, name: str) -> float | None:
        """Return when one ended, as the times of files are; None where nothing is known of it."""
        with self.lock:
            self.look_after()
            ended = self._ended.get(name)
            return None if ended is None else ended.moment

    def was_stopped(self, name: str) -> bool:
        """Return whether one ended after it was asked to stop."""
        with self.lock:
            self.look_after()
            ended = self._ended.get(name)
            return ended is not None and ended.stopped

    def counts(self) -> tuple[int, int]:
        """Return how many run, and how many wait."""
        with self.lock:
            return len(self._children), len(self._waiting)

    def look_after(self) -> None:
        """See which have ended, and start those whose turn it is."""
        with self.lock:
            for name, child in list(self._children.items()):
                code = child.process.poll()
                if code is not None:
                    del self._children[name]
                    self._ended[name] = _Ended(code, child.stopping, time.time())
            while self._waiting and len(self._children) < self.at_once and not self._closed:
                name = self._waiting.popleft()
                with contextlib.suppress(GlyphlabError, OSError):
                    child = self._children[name] = _Child(self._begin(name))
                    threading.Thread(target=self._await, args=(child,), daemon=True).start()

    def _await(self, child: _Child) -> None:
        child.process.wait()
        self.look_after()

    def close(self) -> None:
        """Stop all, wait for their checkpoints, and start nothing more."""
        with self.lock:
            self._closed = True
            self._waiting.clear()
            children = list(self._children.values())
        for child in children:
            child.stopping = True
            with contextlib.suppress(OSError):
                child.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + _PATIENCE
        for child in children:
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()  # the last checkpoint stays
                child.process.wait()


def begun(words: list[str], said: Path) -> subprocess.Popen[bytes]:
    """Start a command of Glyphlab in a process of its own, which Ctrl-C of the terminal spares.

    Parameters
    ----------
    words : list of str
        After ``glyphlab``.
    said : Path
        A file that takes what it says on stderr; its results go nowhere.
    """
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "glyphlab", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
            start_new_session=os.name == "posix",
        )  # fmt: skip
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICER)
    return process


def failure_in(words: str, code: int) -> str:
    """Return the last line of a process that failed, as a sentence of its own."""
    return last_line(words) or f"it ended with code {code}"
