"""Trainings in processes of their own: started, stopped, resumed, a few at once.

A training is ``glyphlab train`` of the recipe in its run folder, so that all state lies there: a
studio that is started again finds every run as it is, and the same command resumes each.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from glyphlab._common.untrusted.last_words import last_words
from glyphlab.recipes import BaseRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.followed.wishes import ask_to_stop, forget_stop
from glyphlab.runs.locks.lock import is_locked
from glyphlab.runs.run_folders import SAID, beside
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.jobs.child_processes import (
    INTERRUPTED,
    ChildProcesses,
    State,
    begun,
    failure_in,
)
from glyphlab.training.identity import identified

__all__ = ["Trainings"]

MOST_WAITING = 50


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
        self.root, self.data_dir = root, data_dir
        self._processes = ChildProcesses(at_once, self._begin)

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
        with self._processes.lock:
            if self.state_of(name) is not None or is_locked(folder):
                raise Refused(409, f"{name} is being trained already")
            self._require_room()
            forget_stop(folder)
            self._processes.add(name)

    def stop(self, name: str, *, at_once: bool = False) -> None:
        """Let a training stop after its epoch, or now; the same command resumes it.

        Trainings that others started listen too, but end after an epoch only.

        Raises
        ------
        Refused
            Where it is not being trained.
        """
        folder = self.root / name
        with self._processes.lock:
            state = self.state_of(name)
            if state == "waiting":
                self._processes.stop(name, signalled=False)
                return
            if (folder / "done").exists() or (state is None and not is_locked(folder)):
                raise Refused(409, f"{name} is not being trained: there is nothing to stop")
            if state is None and at_once:
                raise Refused(409, f"{name} is trained by another process, which stops after its "
                              "epoch")  # fmt: skip
            ask_to_stop(folder)
            self._processes.stop(name, signalled=at_once)

    def state_of(self, name: str) -> State | None:
        """Return how far a training of this studio is; None of another, and of one that ended."""
        return self._processes.state_of(name)

    def counts(self) -> tuple[int, int]:
        """Return how many are being trained, and how many wait."""
        return self._processes.counts()

    def words_of(self, name: str) -> str:
        """Return what the process of a run said last on its stderr; empty if nothing is known."""
        return last_words(beside(self.root / name, SAID))

    def failure_of(self, name: str) -> str:
        """Return the last line of a training that ended with an error; empty of any other.

        Of one that went on since, as it does in a terminal, it is empty too.
        """
        code, ended = self._processes.code_of(name), self._processes.moment_of(name)
        if code is None or ended is None or code in (0, INTERRUPTED):
            return ""
        if _is_written_after(self.root / name, ended):
            return ""
        return failure_in(self.words_of(name), code)

    def look_after(self) -> None:
        """See which trainings have ended, and start those whose turn it is."""
        self._processes.look_after()

    def close(self) -> None:
        """Stop all, wait for their checkpoints, and start nothing more."""
        self._processes.close()

    def _require_room(self) -> None:
        if self.counts()[1] >= MOST_WAITING:
            raise Refused(429, f"{MOST_WAITING} trainings wait already: try again when some ended")

    def _begin(self, name: str) -> subprocess.Popen[bytes]:
        folder = self.root / name
        words = ["train", str(folder / "recipe.json"), "--out", str(self.root), "--quiet"]
        if self.data_dir is not None:
            words += ["--data-dir", str(self.data_dir)]
        read_recipe(folder)
        return begun(words, beside(folder, SAID))


def _is_written_after(folder: Path, moment: float) -> bool:
    """Whether a file of a folder is newer than a moment."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return any(entry.stat(follow_symlinks=False).st_mtime > moment for entry in entries)
    return False
