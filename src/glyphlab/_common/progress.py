"""How far a long thing has come, and notes of what would otherwise happen silently.

Progress is a bar with the time left in a terminal and in a notebook. Elsewhere it is quiet: at most
one note a minute, so that the log file of a long training shows that it lives. There is none where
`quiet` is asked for, and none in a worker process, whose parent speaks.

Notes are records of the logger ``glyphlab``, and a host decides where these go; the command line
shows them on stderr (`shown_notes`). Results never pass through here: they belong on stdout.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from glyphlab._common.errors import printable

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Progress", "become_worker", "note", "note_once", "noted", "progress", "shown_notes",
           "without_notes"]  # fmt: skip

EVERY = 60.0
"""Seconds between two notes of how far a thing is, where nobody watches."""
REDRAWN = 0.1
"""Seconds between two states of a bar in a notebook."""

_log = logging.getLogger("glyphlab")


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


class _Quiet:
    """A note a minute, with the time left; of what came over the network one at the end."""

    def __init__(self, total: int | None, title: str, unit: str, done: int) -> None:
        self.total, self.title, self.unit = total, title, unit
        self.done = self.before = done
        self.began = self.said = time.monotonic()

    def advance(self, amount: int = 1, *, text: str = "") -> None:
        self.done += amount
        now = time.monotonic()
        if now - self.said >= EVERY:
            self.said = now
            words = (
                f"{self.title}: {_count(self.unit, self.done, self.total)}",
                text,
                self._left(),
            )
            note(", ".join(word for word in words if word))

    def close(self) -> None:
        if self.unit == "byte":
            seconds = time.monotonic() - self.began
            note(f"{self.title}: {_count(self.unit, self.done, None)} in {seconds:.1f} s")

    def _left(self) -> str:
        if self.total is None or self.done == self.before:
            return ""
        pace = (time.monotonic() - self.began) / (self.done - self.before)
        return f"{max(0.0, pace * (self.total - self.done)) / 60:.0f} min left"


class _Bar:
    """One line of the bars shown; blocks within blocks share one display."""

    def __init__(
        self, display: RichProgress, total: int | None, title: str, unit: str, done: int
    ) -> None:
        self.display, self.unit, self.total, self.done = display, unit, total, done
        self.task = display.add_task(title, total=total, completed=done, count="", text="")

    def advance(self, amount: int = 1, *, text: str = "") -> None:
        self.done += amount
        count = _count(self.unit, self.done, self.total)
        self.display.update(self.task, advance=amount, count=count, text=text)
        _redraw()


def _count(unit: str, done: int, total: int | None) -> str:
    if unit == "byte":
        return f"{done / 1e6:.1f}{'' if total is None else f'/{total / 1e6:.1f}'} MB"
    return f"{unit} {done}{'' if total is None else f'/{total}'}"


_display: RichProgress | None = None  # a screen has one display, whoever asks for it
_cell: _Cell | None = None  # where a notebook shows it


class _Cell:
    """The output of a notebook's cell, in which a display is drawn again and again."""

    def __init__(self, display: RichProgress) -> None:
        from IPython.display import display as show

        self.display, self.drawn = display, time.monotonic()
        self.handle: Any = show(display, display_id=True)

    def redraw(self) -> None:
        self.drawn = time.monotonic()
        self.handle.update(self.display)


def _redraw() -> None:
    if _cell is not None and time.monotonic() - _cell.drawn >= REDRAWN:
        _cell.redraw()


@contextlib.contextmanager
def progress(
    total: int | None, title: str, *, unit: str = "epoch", quiet: bool = False, done: int = 0
) -> Iterator[Progress]:
    """Show progress for as long as the block runs, on stderr or in a notebook's cell.

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
    if quiet or _worker or multiprocessing.parent_process() is not None:
        yield _Silent()
    elif not (_in_terminal() or _in_notebook()):
        quietly = _Quiet(total, title, unit, done)
        yield quietly
        quietly.close()
    else:
        with _shared_display() as display:
            bar = _Bar(display, total, title, unit, done)
            try:
                yield bar
            finally:
                display.stop_task(bar.task)


def note(message: str) -> None:
    """Log one notice on one line, for whatever would otherwise happen silently.

    A fallback, a lower precision, a skipped row: level INFO of the logger ``glyphlab``.
    """
    if _silenced:
        return
    _log.info(" ".join(message.split()), stacklevel=2)


def note_once(message: str) -> None:
    """Log a notice as `note` does, once a command, however many runs it holds for."""
    if message not in _noted and not _silenced:
        _noted.add(message)
        note(message)


def become_worker() -> None:
    """Show no progress from now on: this process works for another one, which speaks."""
    global _worker
    _worker = True


_worker = False
_noted: set[str] = set()
_silenced = False


@contextlib.contextmanager
def without_notes() -> Iterator[None]:
    """Note nothing for as long as the block runs, of what was noted when it was first done."""
    global _silenced
    before, _silenced = _silenced, True
    try:
        yield
    finally:
        _silenced = before


class _InAList(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextlib.contextmanager
def noted() -> Iterator[list[str]]:
    """Yield a list that takes every note of the block, for a process that hands them on."""
    handler, level = _InAList(), _log.level
    _noted.clear()
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        yield handler.texts
    finally:
        _log.setLevel(level)
        _log.removeHandler(handler)


class _OnStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _line(f"note: {printable(' '.join(record.getMessage().split()))}")


@contextlib.contextmanager
def shown_notes() -> Iterator[None]:
    """Show notes on stderr, above a bar that is being shown, for as long as the block runs."""
    handler, level = _OnStderr(), _log.level
    _noted.clear()
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        yield
    finally:
        _log.setLevel(level)
        _log.removeHandler(handler)


def _line(text: str) -> None:
    if _display is not None and _cell is None:
        _display.console.print(text, markup=False, highlight=False, soft_wrap=True)
    else:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def _in_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:  # rich need not be asked, and is not imported
        return False
    from rich.console import Console

    return Console().is_jupyter


@contextlib.contextmanager
def _shared_display() -> Iterator[RichProgress]:
    global _display, _cell
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
        if display.console.is_jupyter:
            # rich's own way asks for ipywidgets, and leaves nothing in a notebook that is saved
            _cell = _Cell(display)
            try:
                yield display
            finally:
                _cell.redraw()
        else:
            with display:
                yield display
    finally:
        _display = _cell = None
