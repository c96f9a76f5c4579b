"""What a training says of itself while it runs, to whoever listens.

A callback is called in the thread that trains, after what it hears of is safe on the disk. What it
raises ends the training there, as Ctrl-C does: the same call goes on from the checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from glyphlab.runs import Run

__all__ = ["Alarm", "Callback", "Done", "Epoch", "Event", "Group", "Note"]


@dataclass(frozen=True)
class Group:
    """Some recipes are looked at next, and what is left of them trains side by side.

    Of what a recipe requires, and is trained before it, only the other events are heard.

    Attributes
    ----------
    numbers : tuple of int
        Their places among the recipes of the call.
    names : tuple of str
        Names of the recipes.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Epoch:
    """An epoch ended; those from before a resume are told again.

    Attributes
    ----------
    run : Run
    row : dict
        The line of ``metrics.jsonl``.
    epochs : int or None
        As many as there will be at most; None where that is not known, as of a generator that
        trains on a worker.
    """

    run: Run
    row: dict[str, Any]
    epochs: int | None


@dataclass(frozen=True)
class Alarm:
    """A generator's training went wrong, by a stated statistic.

    Attributes
    ----------
    run : Run
    name : str
        Such as ``mode collapse``.
    epoch : int
        In which it was first raised.
    statistic : str
        What was found, in words.
    """

    run: Run
    name: str
    epoch: int
    statistic: str


@dataclass(frozen=True)
class Note:
    """Something that would otherwise happen silently.

    Attributes
    ----------
    run : Run or None
        None where it is of several.
    text : str
    """

    run: Run | None
    text: str


@dataclass(frozen=True)
class Done:
    """A run was trained to its end and is written; one that was finished before is not told.

    Attributes
    ----------
    run : Run
    """

    run: Run


Event = Group | Epoch | Alarm | Note | Done
Callback = Callable[[Event], None]
