"""What an executor is: it says where trainings run."""

from __future__ import annotations

import abc
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self

import torch

from glyphlab._common.errors import UsageError
from glyphlab._common.machine import usable_cores
from glyphlab.training.executors.job import Answer, Job

__all__ = ["Executor", "Lost", "Serial", "Workers", "executor_in_force", "shared_threads"]


class Lost(Exception):
    """A worker ended without an answer; the text says what is known of its end."""


class Executor:
    """Says where trainings run: in a block of it, all that the block's experiments train.

    A block may lie within another one of the same executor, which begins and ends with the outer
    one.
    """

    def __init__(self) -> None:
        self._depth, self._counting = 0, threading.Lock()
        self._blocks = contextlib.ExitStack()
        self._tokens: list[Token[Executor | None]] = []

    def __enter__(self) -> Self:
        self._blocks.enter_context(self.opened())
        self._tokens.append(_IN_FORCE.set(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        _IN_FORCE.reset(self._tokens.pop())
        if not self._tokens:
            self._blocks.close()

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Hold it open for a block, without putting it in force there."""
        with self._counting:
            if not self._depth:
                self.open()
            self._depth += 1
        try:
            yield
        finally:
            with self._counting:
                self._depth -= 1
                last = not self._depth
            if last:
                self.close()

    def open(self) -> None:
        """Begin the outermost block."""

    def close(self) -> None:
        """End the outermost block."""


_IN_FORCE: ContextVar[Executor | None] = ContextVar("glyphlab_executor", default=None)


def executor_in_force() -> Executor | None:
    """Return the executor in whose block the caller is; None outside of any."""
    return _IN_FORCE.get()


class Serial(Executor):
    """Trains one group after another in this process, as is done without an executor.

    Parameters
    ----------
    threads : int, optional
        Of each training that begins in the block; torch's own number otherwise.

    Raises
    ------
    UsageError
        For more threads than this process may use.
    """

    def __init__(self, threads: int | None = None) -> None:
        super().__init__()
        self.threads = None if threads is None else shared_threads(1, threads)
        self._before = 0

    def open(self) -> None:
        """Set torch's number of threads."""
        self._before = torch.get_num_threads()
        if self.threads is not None:
            torch.set_num_threads(self.threads)

    def close(self) -> None:
        """Set it back."""
        if self.threads is not None:
            torch.set_num_threads(self._before)


class Workers(Executor, abc.ABC):
    """Has processes of its own, which take jobs; several threads may submit to it.

    Attributes
    ----------
    slots : int
        Jobs that run at once.
    threads : int
        Of each training that begins there.
    has_nodes : bool
        Whether the processes may be on several machines.
    interrupted : threading.Event
        Ends every call that waits for a job, as Ctrl-C ends that of the main thread.
    """

    slots: int
    threads: int
    has_nodes = False

    def __init__(self) -> None:
        super().__init__()
        self.interrupted = threading.Event()

    @abc.abstractmethod
    def submit(self, job: Job, apart_from: str = "") -> Future[Answer]:
        """Take a job; the future has its answer, or raises `Lost`.

        Parameters
        ----------
        job : Job
        apart_from : str
            Name of a machine that is not to have it, where there is another.
        """


def shared_threads(workers: int, threads: int | None) -> int:
    """Return the threads of each of several workers on this machine.

    Parameters
    ----------
    workers : int
    threads : int, optional
        That each is to have; the cores divided by the workers otherwise.

    Raises
    ------
    UsageError
        Where they want more together than this process may use.
    """
    cores = usable_cores()
    if workers < 1 or (threads is not None and threads < 1):
        raise UsageError(f"{workers} workers of {threads} threads: expected at least one of each")
    each = threads or max(1, cores // workers)
    if workers * each > cores:
        have = f"{cores} core{'' if cores == 1 else 's'}"
        who = f"{workers} worker{'' if workers == 1 else 's'} with {each} thread"
        raise UsageError(
            f"{who}{'' if each == 1 else 's'} each want {workers * each}, and this process may use "
            f"{have} (its affinity and its control group say so): ask for fewer"
        )
    return each
