"""Trainings in processes of their own: started, stopped, resumed, a few at once.

A training is ``glyphlab train`` of the recipe in its run folder, so that all state lies there: a
studio that is started again finds every run as it is, and the same command resumes each.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from glyphlab._common.errors import RunError
from glyphlab._common.untrusted import Unreadable, read_plain_file
from glyphlab.recipes import BaseRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.followed.wishes import ask_to_stop, forget_stop
from glyphlab.runs.lock import is_locked
from glyphlab.runs.run_folders import SAID, beside
from glyphlab.serve.app.refusals import Refused
from glyphlab.training.identity import identified

__all__ = ["Trainings", "begun"]

MOST_WAITING = 50
_PATIENCE = 20.0
"""Seconds that trainings have to write their checkpoint when the studio ends."""
_NICER = 5
"""Behind the pages, which must answer while the machine trains."""
_WORDS = 4_000
"""Bytes of what a process said last that are shown."""

State = Literal["waiting", "running", "stopping"]


@dataclass
class _Child:
    name: str
    process: subprocess.Popen[bytes]
    stopping: bool = False


class Trainings:
    """The trainings that one studio started.

    Parameters
    ----------
    root : Path
        The folder of runs.
    data_dir : Path or None
        Where the datasets are.
    at_once : int
        Trainings that run side by side; the others wait for their turn.
    """

    def __init__(self, root: Path, data_dir: Path | None, at_once: int) -> None:
        self.root, self.data_dir, self.at_once = root, data_dir, at_once
        self._waiting: deque[str] = deque()
        self._children: dict[str, _Child] = {}
        self._codes: dict[str, int] = {}
        self._lock = threading.RLock()
        self._closed = False

    def start(self, recipe: BaseRecipe) -> str:
        """Begin the run of a recipe, and train it when its turn comes; return the run's name.

        Raises
        ------
        Refused
            Where it is finished, or too many wait already.
        GlyphlabError
            As reading its data and opening its folder do.
        """
        known = identified(recipe, self.root)
        if (known.path_in(self.root) / "done").exists():
            name = known.path_in(self.root).name
            raise Refused(409, f"{name} is finished already: change a setting or the seed")
        self._require_room()
        run = known.open_run(self.root)
        self.resume(run.name)
        return run.name

    def resume(self, name: str) -> None:
        """Train a run that is not finished, when its turn comes.

        Raises
        ------
        Refused
            Where it is finished or being trained, or too many wait already.
        """
        folder = self.root / name
        run = Run(folder, read_recipe(folder))
        if run.is_done:
            raise Refused(409, f"{name} is finished: there is nothing to resume")
        with self._lock:
            if name in self._waiting or name in self._children or is_locked(folder):
                raise Refused(409, f"{name} is being trained already")
            self._require_room()
            forget_stop(folder)
            self._codes.pop(name, None)
            self._waiting.append(name)
        self.look_after()

    def stop(self, name: str, *, at_once: bool = False) -> None:
        """Let a training stop after its epoch, or now; the same command resumes it.

        Trainings that others started listen too, but end after an epoch only.

        Raises
        ------
        Refused
            Where it is not being trained.
        """
        folder = self.root / name
        with self._lock:
            if name in self._waiting:
                self._waiting.remove(name)
                return
            child = self._children.get(name)
            ended = (folder / "done").exists() or (child is None and not is_locked(folder))
            if ended:
                raise Refused(409, f"{name} is not being trained: there is nothing to stop")
            if child is None and at_once:
                raise Refused(409, f"{name} is trained by another process, which stops after its "
                              "epoch")  # fmt: skip
            ask_to_stop(folder)
            if child is not None:
                child.stopping = True
                if at_once:
                    child.process.send_signal(signal.SIGTERM)

    def state_of(self, name: str) -> State | None:
        """Return how far a training of this studio is; None of another, and of one that ended."""
        with self._lock:
            if name in self._waiting:
                return "waiting"
            child = self._children.get(name)
            if child is None or child.process.poll() is not None:
                return None
            return "stopping" if child.stopping else "running"

    def counts(self) -> tuple[int, int]:
        """Return how many are being trained, and how many wait."""
        with self._lock:
            return len(self._children), len(self._waiting)

    def words_of(self, name: str) -> str:
        """Return what the process of a run said last on its stderr; empty if nothing is known."""
        try:
            said = read_plain_file(beside(self.root / name, SAID))
        except Unreadable:
            return ""
        return said[-_WORDS:].decode("utf-8", "replace").strip()

    def failure_of(self, name: str) -> str:
        """Return the last line of a training that ended with an error; empty of any other."""
        self.look_after()
        code = self._codes.get(name, 0)
        if code in (0, 130):
            return ""
        lines = self.words_of(name).splitlines()
        return lines[-1].removeprefix("glyphlab: ") if lines else f"it ended with code {code}"

    def look_after(self) -> None:
        """See which trainings have ended, and start those whose turn it is."""
        with self._lock:
            for name, child in list(self._children.items()):
                code = child.process.poll()
                if code is not None:
                    del self._children[name]
                    self._codes[name] = code
            while self._waiting and len(self._children) < self.at_once and not self._closed:
                name = self._waiting.popleft()
                with contextlib.suppress(RunError, OSError):  # removed while it waited
                    child = self._children[name] = _Child(name, self._begin(name))
                    threading.Thread(target=self._await, args=(child,), daemon=True).start()

    def _await(self, child: _Child) -> None:
        child.process.wait()
        self.look_after()

    def close(self) -> None:
        """Stop all, wait for their checkpoints, and start nothing more."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            children = list(self._children.values())
        for child in children:
            with contextlib.suppress(OSError):
                child.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + _PATIENCE
        for child in children:
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()  # the last checkpoint stays
                child.process.wait()

    def _require_room(self) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise Refused(429, f"{MOST_WAITING} trainings wait already: try again when some ended")

    def _begin(self, name: str) -> subprocess.Popen[bytes]:
        folder = self.root / name
        words = ["train", str(folder / "recipe.json"), "--out", str(self.root), "--quiet"]
        if self.data_dir is not None:
            words += ["--data-dir", str(self.data_dir)]
        read_recipe(folder)
        with beside(folder, SAID).open("wb") as said:
            return begun(words, said)


def begun(words: list[str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a command of Glyphlab in a process of its own, which Ctrl-C of the terminal spares.

    Parameters
    ----------
    words : list of str
        After ``glyphlab``.
    said : file
        Takes what it says on stderr; its results go nowhere.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "glyphlab", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
        start_new_session=os.name == "posix",
    )  # fmt: skip
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICER)
    return process
