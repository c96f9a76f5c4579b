"""Hands groups of recipes to workers, listens to their run folders, and tries again where it may.

All state lies in the run folders: rows of the history are read there, and a training that is to
stop is asked to by a file beside its folder. This process alone hears, decides and writes tables.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from glyphlab._common.errors import RecipeError, RunError, TrainingDiverged, WorkerError
from glyphlab._common.progress import note
from glyphlab.recipes import BaseRecipe
from glyphlab.runs import Run
from glyphlab.runs.followed.wishes import ask_to_stop, forget_stop
from glyphlab.runs.history import read_history
from glyphlab.training.events import Alarm, Done, Epoch, Event, Group, Note
from glyphlab.training.executors.base import Lost, Workers
from glyphlab.training.executors.job import Answer, Ended, Job, digest_of, error_of

__all__ = ["Flight", "driver_file", "flown"]

RETRIES = 3
"""How often a training goes on from its checkpoint after its worker died."""
EVERY = 0.2
"""Seconds between two checks of the histories of running trainings."""
LOCKED = 60.0
"""Seconds in which the lock of a worker that died must be free."""
WAIT, SEEN = 1.0, 20.0
"""Seconds until a lock is asked for again, and in which a shared folder must show what another
machine wrote."""
_OLD = 86_400.0


@dataclass
class Flight:
    """One group on its way to a worker and back.

    Attributes
    ----------
    numbers : list of int
        Places among the recipes of the call.
    recipes : list of BaseRecipe
        With the digest of their data.
    """

    numbers: list[int]
    recipes: list[BaseRecipe]
    lost: int = 0
    since: float = 0.0
    not_before: float = 0.0
    unfit: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What messages call it."""
        more = len(self.recipes) - 1
        return self.recipes[0].title + (f" and {more} more" if more else "")


def flown(
    flights: Sequence[Flight],
    workers: Workers,
    root: Path,
    job_of: Callable[[Flight], Job],
    say: Callable[[Event], None],
) -> Iterator[tuple[int, Run | TrainingDiverged | RecipeError]]:
    """Train groups on workers, and yield what became of each recipe as soon as it is known.

    A group whose worker dies goes on from its checkpoint, three times at most. What one machine
    lacks is tried once on another. Our own errors are never tried again.

    Parameters
    ----------
    flights : sequence of Flight
    workers : Workers
    root : Path
        Folder of the run folders.
    job_of : callable
        Makes the job of a group.
    say : callable
        Hears the events. What it raises ends the trainings under way, behind their checkpoints.

    Raises
    ------
    WorkerError
        Where workers died too often.
    GlyphlabError
        As workers say.
    """
    waiting = deque(flights)
    flying: dict[Future[Answer], Flight] = {}
    try:
        while waiting or flying:
            if workers.interrupted.is_set():
                raise KeyboardInterrupt
            _start(waiting, flying, workers, job_of, say)
            done, _ = wait(flying, timeout=EVERY, return_when=FIRST_COMPLETED)
            if not flying:
                time.sleep(EVERY)
            for flight in flying.values():
                _follow(flight, root, say)
            for future in done:
                flight = flying.pop(future)
                answer = _answer(future, flight)
                if answer is None or _again(answer, flight, workers):
                    waiting.append(flight)
                    continue
                for text in answer.notes:
                    note(text)
                _follow(flight, root, say)
                yield from zip(flight.numbers, _ended(answer, root, say), strict=True)
    except BaseException:
        _abandon(flying, root)
        raise


def _start(
    waiting: deque[Flight],
    flying: dict[Future[Answer], Flight],
    workers: Workers,
    job_of: Callable[[Flight], Job],
    say: Callable[[Event], None],
) -> None:
    now = time.monotonic()
    for _ in range(len(waiting)):
        if len(flying) >= workers.slots:
            return
        flight = waiting.popleft()
        if flight.not_before > now:
            waiting.append(flight)
            continue
        if not flight.since:
            names = tuple(recipe.name for recipe in flight.recipes)
            say(Group(tuple(flight.numbers), names))
        flight.since = flight.since or now
        flying[workers.submit(job_of(flight), next(iter(flight.unfit), ""))] = flight


def _answer(future: Future[Answer], flight: Flight) -> Answer | None:
    """Return what the worker said; None where it died and the group is to go on elsewhere."""
    try:
        return future.result()
    except (Lost, CancelledError) as error:
        flight.lost += 1
        flight.since = time.monotonic()
        if flight.lost > RETRIES:
            raise WorkerError(
                f"{flight.title}: {flight.lost} workers died on it, the last one {error}: give it "
                "more memory, or ask for fewer workers; the same command resumes it"
            ) from error
        note(
            f"{flight.title}: its worker {error}; goes on from the checkpoint "
            f"({flight.lost} of {RETRIES} retries)"
        )
        return None


def _again(answer: Answer, flight: Flight, workers: Workers) -> bool:
    """Whether the group is to be tried again; raises where the job as a whole failed."""
    if answer.stopped:
        raise KeyboardInterrupt
    if answer.fault:
        raise RuntimeError(f"a worker on {answer.node} failed:\n{answer.fault}")
    if not answer.error:
        return False
    moved = flight.lost or flight.unfit
    if answer.error == "RunLocked" and moved and time.monotonic() - flight.since < LOCKED:
        flight.not_before = time.monotonic() + WAIT  # its last worker still ends
        return True
    if answer.unfit and workers.has_nodes and not flight.unfit:
        flight.unfit[answer.node] = answer.message
        flight.since = time.monotonic()
        note(f"{flight.title}: not on node {answer.node}: {answer.message}; tried on another node")
        return True
    message = answer.message
    if workers.has_nodes:
        message = f"on node {answer.node}: {message}"
        for node, said in flight.unfit.items():
            if node != answer.node:
                message += f" (and on node {node}: {said})"
    raise error_of(answer.error, message)


def _ended(
    answer: Answer, root: Path, say: Callable[[Event], None]
) -> Iterator[Run | TrainingDiverged | RecipeError]:
    runs = {one.name: _seen(root / one.name, one, answer) for one in answer.ended if one.name}
    for heard in answer.heard:
        run = runs.get(heard.run)
        if heard.kind == "note":
            say(Note(run, heard.text))
        elif run is not None:
            say(Alarm(run, heard.name, heard.epoch, heard.text))
    for one in answer.ended:
        if not one.name:
            error = error_of(one.error, one.message)
            assert isinstance(error, TrainingDiverged | RecipeError), "others end the whole job"
            yield error
            continue
        if one.trained:
            say(Done(runs[one.name]))
        yield runs[one.name]


def _seen(path: Path, ended: Ended, answer: Answer) -> Run:
    """Return the run that a worker finished, as this machine sees it."""
    until = time.monotonic() + SEEN
    while not (path / "done").exists() and time.monotonic() < until:
        time.sleep(EVERY)
    if not (path / "done").exists():
        raise RunError(
            f"{path} was finished on {answer.node}, and is not here: give a folder of runs that "
            "all machines share"
        )
    run = Run.load(path)
    if (found := digest_of(run)) != ended.digest:
        raise RunError(
            f"{path} was finished on {answer.node} with digest {ended.digest}, and is {found} "
            "here: give a folder of runs that all machines share"
        )
    return run


def _follow(flight: Flight, root: Path, say: Callable[[Event], None]) -> None:
    """Tell the epochs that were written since the last look."""
    for recipe in flight.recipes:
        path = recipe.path_in(root)
        try:
            rows = read_history(path / "metrics.jsonl")
        except (RunError, OSError):  # not begun, or just being written anew
            continue
        # how many a generator will have, its images say: they are where it trains
        epochs = getattr(getattr(recipe, "training", None), "epochs", None)
        for row in rows[flight.rows.get(path.name, 0) :]:
            flight.rows[path.name] = flight.rows.get(path.name, 0) + 1
            say(Epoch(Run(path, recipe.content()), dict(row), epochs))


def _abandon(flying: dict[Future[Answer], Flight], root: Path) -> None:
    """Take back what waits, and let what runs stop after its epoch."""
    for future, flight in flying.items():
        if future.cancel() or future.done():
            continue
        for recipe in flight.recipes:
            path = recipe.path_in(root)
            if path.exists():
                with suppress(OSError):
                    ask_to_stop(path)
                    future.add_done_callback(partial(_forget, path))


def _forget(path: Path, _ended: Future[Answer]) -> None:
    with suppress(OSError):
        forget_stop(path)


@contextmanager
def driver_file(root: Path) -> Iterator[str]:
    """Keep a file in the folder of runs by which workers know that they see the same folder."""
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob(".driver-*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD:
                left.unlink()
    path = root / f".driver-{secrets.token_hex(8)}"
    path.touch()
    try:
        yield path.name
    finally:
        with suppress(OSError):
            path.unlink()
