"""How long trainings take where an executor runs several at once."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from glyphlab.recipes import BaseRecipe
from glyphlab.training.executors.base import Workers, executor_in_force
from glyphlab.training.executors.sending import reason_against_sending

__all__ = ["at_once_words", "runs_at_once", "span"]


def runs_at_once(recipes: Iterable[BaseRecipe]) -> int:
    """Return how many trainings the executor in force runs at once.

    It is 1 without workers, and where any of the recipes cannot be sent to one: nothing is promised
    then.
    """
    executor = executor_in_force()
    if not isinstance(executor, Workers) or any(reason_against_sending([one]) for one in recipes):
        return 1
    return max(1, executor.slots)


def span(seconds: Iterable[float], at_once: int) -> float:
    """Return how long trainings take together: each goes whole to the first worker that is free.

    Parameters
    ----------
    seconds : iterable of float
        Of each training, in their order.
    at_once : int
        Workers.
    """
    busy = [0.0] * at_once
    for one in seconds:
        heapq.heapreplace(busy, busy[0] + one)
    return max(busy)


def at_once_words(at_once: int) -> str:
    """Return what is said of a time beside it; empty where one training follows another."""
    return "" if at_once == 1 else f", {at_once} runs at once"
