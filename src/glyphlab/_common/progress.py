"""How far a long thing has come, said on stderr.

In a terminal a bar with the time left; elsewhere one plain line a step, so that a log file stays
readable; nothing where `quiet` is asked for, and nothing in a worker process, whose parent speaks.
Results never pass through here: they belong on stdout.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Progress", "note", "progress"]


class Progress(Protocol):
    """What the `progress` block hands out."""

    def advance(self, amount: int = 1, *, text: str = "") -> None:
        """Say that `amount` more units are done, and how it stands.

        Parameters
        ----------
        amount : int
            Units done since the last call.
        text : str
            One short phrase, such as ``"loss 0.12 val 98.1 %"``.
        """


class _Silent:
    def advance(self, amount: int = 1, *, text: str = "") -> None:
        del amount, text


class _Plain:
    """One line a step; bytes get one line at the end, for their steps are chunks of no meaning."""

    def __init__(self, total: int | None, title: str, unit: str, done: int) -> None:
        self.total, self.title, self.unit, self.done = total, title, unit, done
        self.began = time.monotonic()

    def advance(self, amount: int = 1, *, text: str = "") -> None:
        self.done += amount
        if self.unit != "byte":
            whole = "" if self.total is None else f"/{self.total}"
            tail = f" {text}" if text else ""
            _line(f"{self.title}: {self.unit} {self.done}{whole}{tail}")

    def close(self) -> None:
        if self.unit == "byte":
            seconds = time.monotonic() - self.began
            _line(f"{self.title}: {self.done / 1e6:.1f} MB in {seconds:.1f} s")


class _Bar:
    """One line of the bar shown in a terminal; blocks within blocks share one display."""

    def __init__(
        self, display: RichProgress, total: int | None, title: str, unit: str, done: int
    ) -> None:
        self.display, self.unit, self.total, self.done = display, unit, total, done
        self.task = display.add_task(title, total=total, completed=done, count="", text="")

    def advance(self, amount: int = 1, *, text: str = "") -> None:
        self.done += amount
        if self.unit == "byte":
            whole = "" if self.total is None else f"/{self.total / 1e6:.1f}"
            count = f"{self.done / 1e6:.1f}{whole} MB"
        else:
            whole = "" if self.total is None else f"/{self.total}"
            count = f"{self.unit} {self.done}{whole}"
        self.display.update(self.task, advance=amount, count=count, text=text)


_display: RichProgress | None = None  # the terminal has one display, whoever asks for it


@contextlib.contextmanager
def progress(
    total: int | None, title: str, *, unit: str = "epoch", quiet: bool = False, done: int = 0
) -> Iterator[Progress]:
    """Show progress on stderr for as long as the block runs.

    Parameters
    ----------
    total : int or None
        How many units there are in all; None where nobody knows.
    title : str
        What is being done.
    unit : str
        The name of one unit; ``"byte"`` is shown as megabytes.
    quiet : bool
        Show nothing.
    done : int
        Units finished before the block began, as after a resume.

    Yields
    ------
    Progress
        Call its `advance` after each step.
    """
    if quiet or multiprocessing.parent_process() is not None:
        yield _Silent()
    elif not _in_terminal():
        plain = _Plain(total, title, unit, done)
        yield plain
        plain.close()
    else:
        with _terminal_display() as display:
            bar = _Bar(display, total, title, unit, done)
            try:
                yield bar
            finally:
                display.stop_task(bar.task)


def note(message: str) -> None:
    """Print one notice to stderr, above a bar that is being shown.

    For whatever would otherwise happen silently: a fallback, a lower precision, a skipped row.
    """
    _line(f"note: {' '.join(message.split())}")


def _line(text: str) -> None:
    if _display is not None:
        _display.console.print(text, markup=False, highlight=False, soft_wrap=True)
    else:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _in_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"


@contextlib.contextmanager
def _terminal_display() -> Iterator[RichProgress]:
    global _display
    if _display is not None:
        yield _display
        return
    # rich is imported where a bar is shown, so that `--help` and workers do not pay for it
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    display = RichProgress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}", markup=False),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[text]}", markup=False),
        console=Console(stderr=True),  # rich itself honours NO_COLOR
    )
    _display = display
    try:
        with display:
            yield display
    finally:
        _display = None
