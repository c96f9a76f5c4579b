"""The only entry to training: recipes in, finished run folders out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, overload

from glyphlab._common.errors import RecipeError, TrainingDiverged
from glyphlab._common.progress import note
from glyphlab.recipes import BaseRecipe, Recipe
from glyphlab.runs import Run
from glyphlab.runs.followed.wishes import forget_earlier_stop, is_asked_to_stop
from glyphlab.tasks import Task
from glyphlab.tasks.learnable import require_learnable
from glyphlab.tasks.streams.resident import resident_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.checkpoint import CHECKPOINT_SECONDS
from glyphlab.training.events import Callback, Done, Epoch, Event, Group
from glyphlab.training.executors.base import Executor, Serial, Workers, executor_in_force
from glyphlab.training.executors.dispatch import Flight, driver_file, flown
from glyphlab.training.executors.job import Job
from glyphlab.training.executors.sending import job_for, reason_against_sending
from glyphlab.training.identity import (
    LoadedTasks,
    command_of,
    identified,
    require_different,
    require_same_data,
)
from glyphlab.training.trainers import plan
from glyphlab.training.trainers.base import Context

__all__ = ["Failed", "GivenTask", "Options", "train", "train_many"]

Failed = TrainingDiverged | RecipeError
"""Why a recipe has no run, where that is no reason to stop the others."""
GivenTask = Task | Callable[[Any], Task]
"""The task of all recipes, or what returns the task of each."""


class Options(TypedDict, total=False):
    """What `train_many` takes beside recipes, their folder and `keep_going`."""

    task: GivenTask | None
    required: Sequence[Run]
    data_dir: str | Path | None
    quiet: bool
    command: str | None
    callbacks: Sequence[Callback]
    checkpoint_seconds: float
    executor: Executor | None


@overload
def train_many(
    recipes: Sequence[BaseRecipe],
    root: Path,
    *,
    keep_going: Literal[False] = ...,
    **options: Unpack[Options],
) -> Iterator[Run]: ...


@overload
def train_many(
    recipes: Sequence[BaseRecipe], root: Path, *, keep_going: bool, **options: Unpack[Options]
) -> Iterator[Run | Failed]: ...


def train_many(
    recipes: Sequence[BaseRecipe],
    root: Path,
    *,
    task: GivenTask | None = None,
    required: Sequence[Run] = (),
    data_dir: str | Path | None = None,
    quiet: bool = False,
    command: str | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    executor: Executor | None = None,
    keep_going: bool = False,
) -> Iterator[Run | Failed]:
    """Train what recipes say, and yield their runs in order, each as soon as it is known.

    A finished run is taken as it stands, and one that was cut off is resumed. One that is asked to
    stop (`glyphlab.runs.followed.wishes`) stops after its epoch, as Ctrl-C does. What can share its
    work trains side by side. What a recipe requires is trained first. The test split is evaluated
    once a run, with the weights that validation selected. Nothing is trained before the first run
    is asked for.

    Parameters
    ----------
    recipes : sequence of BaseRecipe
        Of one kind or several.
    root : Path
        Folder of the run folders.
    task : Task or callable, optional
        The task of all recipes where it is loaded already, or what returns that of each;
        `RecipeError` where it is another than the recipe's.
    required : sequence of Run
        Finished runs that recipes name by the hash of their weights; those in `root` are found
        there.
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress; alarms and what would be silent otherwise are still said.
    command : str, optional
        What was typed, for the runs' pages.
    callbacks : sequence of callable
        Each is called with every event of `glyphlab.training.events`. What one raises ends the
        training; the checkpoint is written before.
    checkpoint_seconds : float
        Longest stretch of training that a kill can cost.
    executor : Executor, optional
        Where groups train; by default in whose block the call is, and in this process otherwise.
    keep_going : bool
        Yield a `TrainingDiverged` or a `RecipeError` in the place of the run that it ended, and
        train the others; otherwise it is raised once its group has ended.

    Raises
    ------
    RunLocked
        Where another process is writing one of the runs.
    TrainingDiverged, RecipeError, DataError, DataMissing
        As the parts of it do.
    WorkerError
        Where workers died on one training again and again.
    """
    require_different(recipes)
    executor = executor or executor_in_force() or Serial()
    how = _Way(
        Path(root), task, tuple(required), data_dir, quiet, command, tuple(callbacks),
        checkpoint_seconds, executor,
    )  # fmt: skip
    if isinstance(executor, Workers):
        return how.train_on(executor, recipes, keep_going=keep_going)
    return how.train(recipes, keep_going=keep_going)


def train(recipe: BaseRecipe, root: Path, **options: Unpack[Options]) -> Run:
    """Train what one recipe says: the first of `train_many`, whose options it takes."""
    return next(train_many([recipe], root, **options))


@dataclass
class _Way:
    """How one call trains; the parameters are those of `train_many`."""

    root: Path
    given: GivenTask | None
    required: tuple[Run, ...]
    data_dir: str | Path | None
    quiet: bool
    command: str | None
    callbacks: tuple[Callback, ...]
    checkpoint_seconds: float
    executor: Executor
    loaded: LoadedTasks = field(init=False)

    def __post_init__(self) -> None:
        self.loaded = LoadedTasks(self.data_dir, quiet=self.quiet)

    def say(self, event: Event) -> None:
        for callback in self.callbacks:
            callback(event)
        if isinstance(event, Epoch) and is_asked_to_stop(event.run.path):
            note(f"{event.run.name} was asked to stop after this epoch")
            raise KeyboardInterrupt

    def _say_of_required(self, event: Event) -> None:
        if not isinstance(event, Group):  # its numbers are places in another list of recipes
            self.say(event)

    def train(self, recipes: Sequence[BaseRecipe], *, keep_going: bool) -> Iterator[Run | Failed]:
        ended: dict[int, Run | Failed] = {}
        following = 0
        used: list[TaskRecipe] = []
        with self.executor.opened():
            for _, group in plan(recipes):
                self.say(Group(tuple(group), tuple(recipes[number].name for number in group)))
                found = self._group([recipes[number] for number in group], used)
                for number, outcome in zip(group, found, strict=True):
                    if isinstance(outcome, Failed) and not keep_going:
                        raise outcome
                    ended[number] = outcome
                while following in ended:
                    yield ended.pop(following)
                    following += 1
            for one in used:
                require_same_data(one)

    def train_on(
        self, workers: Workers, recipes: Sequence[BaseRecipe], *, keep_going: bool
    ) -> Iterator[Run | Failed]:
        """Train on workers; what cannot be sent to one trains here, once the others have ended."""
        ended: dict[int, Run | Failed] = {}
        following = 0
        with workers.opened(), driver_file(self.root) as driver:
            for number, outcome in self._on(workers, driver, recipes):
                if isinstance(outcome, Failed) and not keep_going:
                    raise outcome
                ended[number] = outcome
                while following in ended:
                    yield ended.pop(following)
                    following += 1

    def _on(
        self, workers: Workers, driver: str, recipes: Sequence[BaseRecipe]
    ) -> Iterator[tuple[int, Run | Failed]]:
        flights: list[Flight] = []
        here: list[list[int]] = []
        for _, group in plan(recipes):
            chosen = [recipes[number] for number in group]
            reason = reason_against_sending(chosen)
            if reason:
                note(f"{chosen[0].title} trains in this process: {reason}")
                here.append(group)
                continue
            known, outcome = self._known(chosen, None if callable(self.given) else self.given)
            left = [place for place in range(len(group)) if place not in outcome]
            if outcome:
                names = tuple(known[place].name for place in outcome)
                self.say(Group(tuple(group[place] for place in outcome), names))
                yield from ((group[place], run) for place, run in outcome.items())
            if left:
                flights.append(Flight([group[p] for p in left], [known[p] for p in left]))
        needed = self._requirements([one for flight in flights for one in flight.recipes])

        def job_of(flight: Flight) -> Job:
            return job_for(
                flight.recipes, self.root, driver, workers.threads, required=needed,
                command=self.command, data_dir=self.data_dir, quiet=self.quiet,
                checkpoint_seconds=self.checkpoint_seconds,
            )  # fmt: skip

        yield from flown(flights, workers, self.root, job_of, self.say)
        for group in here:
            self.say(Group(tuple(group), tuple(recipes[number].name for number in group)))
            used: list[TaskRecipe] = []
            yield from zip(group, self._group([recipes[n] for n in group], used), strict=True)
            for one in used:
                require_same_data(one)

    def _group(self, recipes: Sequence[BaseRecipe], used: list[TaskRecipe]) -> list[Run | Failed]:
        """Return what becomes of recipes that would train side by side, finished ones included."""
        task = self.given(recipes[0]) if callable(self.given) else self.given
        recipes, outcome = self._known(recipes, task)
        waiting = [number for number in range(len(recipes)) if number not in outcome]
        if task is None and waiting:  # before a folder is there, lest missing data leave one behind
            task = self.loaded(recipes[waiting[0]])
            require_same_data(task.recipe)
        if task is not None and task.recipe is not None and task.recipe not in used:
            used.append(task.recipe)
        for trainer, places in plan([recipes[number] for number in waiting]):
            numbers = [waiting[place] for place in places]
            chosen = [recipes[number] for number in numbers]
            assert task is not None, "something waits for it"
            found = self._fit(trainer, chosen, task if trainer.streams else resident_task(task))
            outcome.update(zip(numbers, found, strict=True))
        return [outcome[number] for number in range(len(recipes))]

    def _known(
        self, recipes: Sequence[BaseRecipe], task: Task | None
    ) -> tuple[list[BaseRecipe], dict[int, Run | Failed]]:
        """Return recipes with the digest of their data, and the runs of those that are finished."""
        outcome: dict[int, Run | Failed] = {}
        if task is not None:
            require_same_data(task.recipe)
        found = [identified(recipe, self.root, task=task) for recipe in recipes]
        for number, recipe in enumerate(found):
            if recipe.path_in(self.root).exists():
                run = recipe.open_run(self.root)
                if run.is_done:
                    run.tidy()
                    note(f"{run.name} is finished: not trained again")
                    outcome[number] = run
        return found, outcome

    def _fit(self, trainer: Any, recipes: Sequence[BaseRecipe], task: Task) -> list[Run | Failed]:
        """Train recipes side by side that are not finished, and write each run as it ends."""
        failed: dict[int, Failed] = {}
        runs: list[Run] = []
        try:
            needed = self._requirements(recipes)
            context = Context(self.root, needed, self.quiet, self.say, self.checkpoint_seconds)
            if isinstance(recipes[0], Recipe):
                require_learnable(task)
            trainer.prepare(recipes, task, context)
            runs = [recipe.open_run(self.root) for recipe in recipes]
            with _held(runs):
                # another process may have finished one between a look at it and its lock
                left = [number for number, run in enumerate(runs) if not run.is_done]
                if left:
                    held = [recipes[number] for number in left], [runs[number] for number in left]
                    for fit in trainer.fit(*held, task, context):
                        number = left[fit.number]
                        if fit.error is not None:
                            failed[number] = fit.error
                            continue
                        recipe, run = recipes[number], runs[number]
                        command = self.command or command_of(run, self.root)
                        run.finish(trainer.finish(recipe, run, task, fit.left, command))
                        self.say(Done(run))
        except (TrainingDiverged, RecipeError) as error:
            for number in range(len(recipes)):
                if number >= len(runs) or not runs[number].is_done:
                    failed.setdefault(number, error)
        return [failed.get(number) or runs[number] for number in range(len(recipes))]

    def _requirements(self, recipes: Sequence[BaseRecipe]) -> tuple[Run, ...]:
        """Return the finished runs of what recipes require, trained where they are not there."""
        wanted = {one.hash: one for recipe in recipes for one in recipe.requires()}
        if not wanted:
            return self.required
        own = partial(
            train_many, root=self.root, data_dir=self.data_dir, quiet=self.quiet,
            callbacks=[self._say_of_required], checkpoint_seconds=self.checkpoint_seconds,
            executor=self.executor,
            task=None if isinstance(self.given, Task) else self.given,
        )  # fmt: skip
        there = all(
            (identified(one, self.root).path_in(self.root) / "done").exists()
            for one in wanted.values()
        )
        if not self.quiet and not there:
            names = ", ".join(one.name for one in wanted.values())
            note(
                f"{recipes[0].title} needs {names}: it is trained first, once for all runs in "
                f"{self.root}"
            )
        return (*self.required, *own([*wanted.values()]))


@contextlib.contextmanager
def _held(runs: Sequence[Run]) -> Iterator[None]:
    """Hold the locks of all runs."""
    with contextlib.ExitStack() as locks:
        for run in runs:
            locks.enter_context(run.lock())
            forget_earlier_stop(run.path)
        yield
