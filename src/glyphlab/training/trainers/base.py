"""What every trainer does, and what it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from glyphlab._common.errors import RecipeError, TrainingDiverged
from glyphlab._common.progress import note, note_once
from glyphlab.recipes import BaseRecipe
from glyphlab.runs import Run, RunSummary
from glyphlab.runs.engine import Engine
from glyphlab.tasks import Task
from glyphlab.training.events import Event, Note

__all__ = ["Context", "Fit", "Trainer"]

R = TypeVar("R", bound=BaseRecipe, contravariant=True)


@dataclass(frozen=True)
class Context:
    """What a trainer needs beside recipes, runs and data.

    Attributes
    ----------
    root : Path
        Folder of the run folders.
    required : tuple of Run
        Finished runs of what the recipes require, and those that the caller gave.
    quiet : bool
        Show no progress; what would otherwise happen silently is said all the same.
    say : callable
        Tells an event to all who listen.
    checkpoint_seconds : float
        Longest stretch of training that a kill can cost.
    """

    root: Path
    required: tuple[Run, ...]
    quiet: bool
    say: Callable[[Event], None]
    checkpoint_seconds: float

    def note(self, run: Run | None, text: str) -> None:
        """Say on stderr, and to all who listen, what would otherwise happen silently."""
        note(text)
        self.say(Note(run, text))

    def report(self, run: Run | None, text: str) -> None:
        """Say how a training goes: to all who listen, and on stderr where progress is shown."""
        if not self.quiet:
            note(text)
        self.say(Note(run, text))

    def note_engine(self, run: Run, engine: Engine, against_capture: str) -> None:
        """Say what steps a GPU does not capture, and that nets multiply in less than float32.

        The latter is said on stderr once a command, and of each run to all who listen.
        """
        if engine.device == "cuda" and against_capture:
            self.note(run, f"{run.name}: steps are not captured on the GPU: {against_capture}")
        if engine.precision == "float32":
            return
        text = (
            f"nets multiply in {engine.precision}: set training.precision to float32 for full "
            "precision"
        )
        note_once(text)
        self.say(Note(run, text))


@dataclass(frozen=True)
class Fit:
    """One training of a group that ended.

    Attributes
    ----------
    number : int
        Its place in the group.
    left : object
        What the trainer's own `finish` needs of it.
    error : TrainingDiverged, RecipeError or None
        Why it has no result.
    """

    number: int
    left: Any = None
    error: TrainingDiverged | RecipeError | None = None


class Trainer(Protocol[R]):
    """One way to train recipes of one kind.

    Attributes
    ----------
    name : str
    least : int
        Recipes that a group has at least: fewer are left to the next trainer.
    streams : bool
        Whether it takes images batch by batch, so that memory need not hold all of them.
    """

    name: str
    least: int
    streams: bool

    def reason_against(self, recipe: R) -> str | None:
        """Return why this recipe cannot be trained this way; None where it can."""

    def groups(self, recipes: Sequence[R]) -> list[list[int]]:
        """Group recipes that train side by side, all on one task; each is in one group.

        It is asked only of recipes that it has no reason against.
        """

    def rehearse(self, recipe: R, task: Task) -> None:
        """Raise what training would, of a recipe on images of its kind; nothing is trained."""

    def prepare(self, recipes: Sequence[R], task: Task, context: Context) -> None:
        """Raise what can be said against recipes and data before any run folder is begun."""

    def fit(
        self, recipes: Sequence[R], runs: Sequence[Run], task: Task, context: Context
    ) -> Iterator[Fit]:
        """Train one group into its runs, which are held; yield each as it ends.

        A checkpoint that is there is resumed. What a group of one raises is its own.
        """

    def finish(self, recipe: R, run: Run, task: Task, left: Any, command: str) -> RunSummary:
        """Score what was trained, once; leave predictions, and return the summary."""
