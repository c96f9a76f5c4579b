"""Rounds of trials that begin together, so that workers change nothing of what is tried.

A trial that is proposed from earlier ones depends on the rounds before its own, however many
workers there are and whichever of its round ends first.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from glyphlab._common.progress import note_once
from glyphlab.experiments.search.definition import StageDefinition
from glyphlab.training.executors.base import Workers, executor_in_force

__all__ = ["round_end", "round_start", "side_by_side"]

Item = TypeVar("Item")


def round_start(stage: StageDefinition, number: int) -> int:
    """Return the number of the first trial of a trial's round: it depends on those before that."""
    return number - number % stage.round_size if stage.is_sequential else 0


def round_end(stage: StageDefinition, number: int) -> int:
    """Return the number after the last trial that begins together with this one."""
    if not stage.is_sequential:
        return stage.count
    workers = executor_in_force()
    if isinstance(workers, Workers) and workers.slots > stage.round_size < stage.count:
        note_once(
            f"stage '{stage.name}' has {stage.round_size} of its trials begin together, and "
            f"{workers.slots} could train at once: round_size says how many, in the file of a new "
            "study"
        )
    return min(stage.count, round_start(stage, number) + stage.round_size)


def side_by_side(work: Callable[[Item], None], items: Sequence[Item]) -> None:
    """Call `work` with every item: in turn, or on workers as many at once as they have room for.

    Where one raises, the others end behind their checkpoints, and it is raised.
    """
    workers = executor_in_force()
    if not isinstance(workers, Workers) or len(items) < 2:
        for item in items:
            work(item)
        return
    try:
        with ThreadPoolExecutor(min(len(items), workers.slots), "trial") as pool:
            trials = [pool.submit(contextvars.copy_context().run, work, item) for item in items]
            try:
                for trial in as_completed(trials):
                    trial.result()
            except BaseException:
                workers.interrupted.set()
                for trial in trials:
                    trial.cancel()
                raise
    finally:
        workers.interrupted.clear()
