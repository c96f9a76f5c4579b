"""Ctrl-C and polite kills, obeyed between two batches where the process is ours."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

from glyphlab._common.process import owns_process

__all__ = ["deferred_interrupt"]

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Ctrl-C, a polite kill, and a terminal that was closed."""


@contextlib.contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Let a batch end before Ctrl-C or a polite kill is obeyed; the second Ctrl-C acts at once.

    Only in a block of `own_process`, and in the main thread, which alone hears signals. Elsewhere
    no handler is set, and Ctrl-C does what the host has it do: the last checkpoint stays.
    """
    asked = False

    def ask(number: int, _frame: object) -> None:
        nonlocal asked
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked = True

    if not owns_process() or threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    heard = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {
        number: signal.signal(number, ask)
        for number in heard
        if signal.getsignal(number) is not signal.SIG_IGN  # as nohup sets it
    }
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
