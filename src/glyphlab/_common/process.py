"""Whether the process is ours to change: the command line's is, a host's is not.

Some of what serves a training concerns the whole process: handlers that let a batch end before
Ctrl-C is obeyed, an allocator that keeps what a step frees. A library leaves all of it as its host
has it, and the command line, which is one command long, asks for it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar

__all__ = ["own_process", "owned_since", "owns_process"]

_OWNED: ContextVar[float | None] = ContextVar("glyphlab_owns_process", default=None)


@contextlib.contextmanager
def own_process() -> Iterator[None]:
    """Let trainings in this block handle signals and set the allocator."""
    token = _OWNED.set(time.time())
    try:
        yield
    finally:
        _OWNED.reset(token)


def owns_process() -> bool:
    """Return whether the caller is in a block of `own_process`."""
    return _OWNED.get() is not None


def owned_since() -> float | None:
    """Return when the block of `own_process` began, in seconds since 1970; None outside of one."""
    return _OWNED.get()
