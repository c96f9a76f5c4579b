"""One batch over several threads, each with its own rows and no thread pool below it."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import TracebackType
from typing import TypeVar

import torch
from torch import Tensor

__all__ = ["Shards", "keep_freed_memory"]

_T = TypeVar("_T")


class Shards:
    """Threads that each take a part of every batch through the whole net and back.

    Every thread runs torch and the compiled loops on one core. Its part of each activation stays in
    that core's cache, and there is one meeting a step instead of one an operation.

    Use it as a context manager, or call `close`.

    Parameters
    ----------
    workers : int
        Number of threads, usually that of the cores.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        # torch keeps its thread count for each calling thread: the caller's own stays as it is.
        self._pool = ThreadPoolExecutor(
            workers, "glyphlab-shard", initializer=torch.set_num_threads, initargs=(1,)
        )

    def gradients(
        self, loss: Callable[[slice], Tensor], parameters: Sequence[Tensor], rows: int
    ) -> Tensor:
        """Set ``.grad`` of the parameters to the gradient of the summed losses of all shards.

        Parameters
        ----------
        loss : callable
            Called in the threads, at once, with the rows ``slice(start, stop)`` of its shard:
            returns the scalar *sum* of their losses over the number of rows of the *batch*, so that
            the sum over shards is the batch's mean. What the shards share it may only read: no
            batch norm in training, no shared generator.
        parameters : sequence of Tensor
            Leaves; each must take part in every shard's loss.
        rows : int
            Rows of the batch.

        Returns
        -------
        Tensor
            The summed loss, detached. The shards are added in order, so that the same call gives
            the same bits whatever the threads do.
        """
        count = max(1, min(self.workers, rows))
        edges = [rows * k // count for k in range(count + 1)]

        def one(k: int) -> tuple[Tensor, tuple[Tensor, ...]]:
            with torch.enable_grad():  # the mode belongs to the thread
                value = loss(slice(edges[k], edges[k + 1]))
                return value.detach(), torch.autograd.grad(value, parameters)

        results = list(self._pool.map(one, range(count)))
        total, grads = results[0]
        for value, others in results[1:]:
            total = total + value
            torch._foreach_add_(list(grads), list(others))
        for parameter, grad in zip(parameters, grads, strict=True):
            parameter.grad = grad
        return total

    def each(self, part: Callable[[int], _T], count: int) -> list[_T]:
        """Return ``[part(0), …, part(count - 1)]``, at most `workers` of them, all at once.

        The first runs in the calling thread: one thread less to wake up.
        """
        others = [self._pool.submit(part, k) for k in range(1, count)]
        try:
            first = part(0)
        finally:
            wait(others)  # nothing may still be written to when this returns
        return [first, *(other.result() for other in others)]

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def __enter__(self) -> Shards:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


@functools.cache
def keep_freed_memory() -> None:
    """Let glibc keep what a step frees for the next one; other systems are left as they are.

    It is for the whole process and for good: trainings call it where the process is theirs.

    Otherwise each thread hands its blocks of megabytes back to the system and faults them in again
    page by page, which costs up to a fifth of a step. No threshold can be set above 32 MiB, so that
    blocks are not mapped on their own at all; in threads other than the main one, whose heaps are
    of 64 MiB, larger ones still are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return
    trim_threshold, mmap_max = -1, -4  # as in <malloc.h>
    mallopt(trim_threshold, 1 << 30)
    mallopt(mmap_max, 0)
