"""Where a study stands, in its folder: Optuna's journal, written so that a kill loses no trial.

A trial is one line when it begins, with all its parameters, and one when it ends. A trial that has
begun and not ended is resumed under its number.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from glyphlab._common.errors import RunError
from glyphlab.runs.jsonl import keep_lines, whole_lines

__all__ = ["Journal", "StageJournal", "open_journal"]

_FORGOTTEN = 1.0
"""Seconds after which a lock on the journal is of a process that was killed: a write takes
milliseconds."""


class StageJournal:
    """The trials of one stage, on the disk."""

    def __init__(self, storage: JournalStorage, name: str, minimize: bool = False) -> None:
        self._storage = storage
        try:
            self._study = storage.get_study_id_from_name(name)
        except KeyError:
            direction = StudyDirection.MINIMIZE if minimize else StudyDirection.MAXIMIZE
            self._study = storage.create_new_study([direction], name)

    def trials(self) -> list[FrozenTrial]:
        """Return every trial in the order of its number."""
        return sorted(self._storage.get_all_trials(self._study), key=lambda one: one.number)

    def begin(self, trial: FrozenTrial) -> None:
        """Write down that this trial has begun; its number is the next."""
        self._storage.create_new_trial(self._study, template_trial=trial)

    def report(self, number: int, epoch: int, value: float) -> None:
        """Write down a validation score; one that is there already stays."""
        trial = self._storage.get_trial(self._id(number))
        if epoch not in trial.intermediate_values:
            self._storage.set_trial_intermediate_value(self._id(number), epoch, value)

    def end(
        self,
        number: int,
        value: float | None,
        *,
        complete: bool,
        notes: Mapping[str, Any],
        attributes: Mapping[str, Any],
    ) -> None:
        """Write down how a trial ended; the last line written is what makes it finished.

        Parameters
        ----------
        number : int
        value : float or None
            Its score; None for one that has none.
        complete : bool
            False for a trial that was stopped.
        notes : mapping
            What JSON can hold, for people and for `StudyResult`.
        attributes : mapping
            What the pruner asks to keep.
        """
        trial = self._id(number)
        there = self._storage.get_trial(trial)  # some of it, where a kill fell between the lines
        for key, note in notes.items():
            if there.user_attrs.get(key) != note:
                self._storage.set_trial_user_attr(trial, key, note)
        for key, attribute in attributes.items():
            if there.system_attrs.get(key) != attribute:
                self._storage.set_trial_system_attr(trial, key, attribute)
        state = TrialState.COMPLETE if complete else TrialState.PRUNED
        self._storage.set_trial_state_values(trial, state, None if value is None else [value])

    def _id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study, number)


class Journal:
    """The file of a study's trials; one Optuna study a stage."""

    def __init__(self, storage: JournalStorage) -> None:
        self._storage = storage

    def stage(self, name: str, *, minimize: bool = False) -> StageJournal:
        """Open the trials of a stage, or begin them."""
        return StageJournal(self._storage, name, minimize)

    def names(self) -> Sequence[str]:
        """Return the names of all that were begun."""
        return [study.study_name for study in self._storage.get_all_studies()]


@contextlib.contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """Open a journal, repaired where a process was killed in the midst of writing.

    The caller holds the study's lock. Optuna says nothing of its own within the block.

    Raises
    ------
    RunError
        Where the file is no journal.
    """
    keep_lines(path, len(whole_lines(path)))  # the next line must not be written onto a torn one
    _forget_locks(path)
    said = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        # The default lock is a symbolic link, which not every system lets one make.
        backend = JournalFileBackend(str(path), lock_obj=JournalFileOpenLock(str(path)))
        try:
            storage = JournalStorage(backend)
        except (AssertionError, KeyError, TypeError, ValueError) as error:  # all that Optuna raises
            raise RunError(
                f"{path} is no journal of a study ({' '.join(str(error).split())}): move it away "
                "and run the study again; trials that are finished in trials/ are not trained again"
            ) from error
        try:
            yield Journal(storage)
        except RuntimeError as error:  # what Optuna makes of a file of its lock that stays
            if isinstance(error.__context__, OSError):
                raise error.__context__ from None
            raise
    finally:
        optuna.logging.set_verbosity(said)


def _forget_locks(path: Path) -> None:
    """Remove the locks of processes that were killed; Optuna has two names for them.

    Whoever else writes, as its dashboard does, has the time of a write.
    """
    for left in path.parent.glob(f"{path.name}.lock*"):
        with contextlib.suppress(FileNotFoundError):
            age = time.time() - left.lstat().st_mtime
            time.sleep(min(max(0.0, _FORGOTTEN - age), _FORGOTTEN))
            left.unlink()
