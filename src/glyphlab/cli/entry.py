"""From the first moment of the process to its exit code.

Signals are heard before anything heavy is imported, so that Ctrl-C, a polite kill and a closed
terminal end a command in one way at any moment: exit 130, and the same command resumes. Streams
that are closed or full stop nobody's training.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
from typing import Any, NoReturn

__all__ = ["run"]

INTERRUPTED = 130
_CODES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of text."""
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


class _Interrupt:
    """Whether a signal has asked the process to end; it stays asked, whoever swallows it."""

    def __init__(self) -> None:
        self.asked = False
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup sets it
                signal.signal(number, self)

    def __call__(self, _number: int, _frame: object) -> NoReturn:
        self.asked = True
        raise KeyboardInterrupt

    @staticmethod
    def no_more() -> None:
        """Let the process end in peace: what it did is done."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


class _Plain(io.TextIOWrapper):
    """Text with nothing in it that commands a terminal, as a name in a stranger's file may."""

    def write(self, text: str) -> int:
        return super().write(_CODES.sub(lambda code: f"\\u{ord(code[0]):04x}", text))


class _Forgiving(io.FileIO):
    """A file that drops what cannot be written: no note may end a training."""

    def write(self, content: Any) -> int:
        try:
            return super().write(content) or 0
        except OSError:
            return len(content)


def run() -> NoReturn:
    """Run the command that the arguments name, and exit with its code."""
    interrupt = _Interrupt()
    code, exhausted = 1, False
    try:
        _open_streams()
        code = _command()
    except KeyboardInterrupt:
        code = _said("interrupted: the same command resumes what was started", INTERRUPTED)
    except BaseException as error:
        if interrupt.asked:  # a library made something else of it, as a broken import does
            code = _said("interrupted: the same command resumes what was started", INTERRUPTED)
        else:
            code = _failed(error)
            exhausted = _is_of_memory(error)
    _Interrupt.no_more()
    if interrupt.asked:
        code = INTERRUPTED
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    # A signal within text that is executed, as dataclasses are made of, has Python end itself by
    # SIGINT at last, whatever was made of it since; executing some more lets it forget that.
    exec("")
    if exhausted:  # what Python does at its end needs memory too, and would say so in its own words
        os._exit(code)
    sys.exit(code)


def _command() -> int:
    _require_utf8(sys.argv[1:])
    from glyphlab.cli.app import app

    try:
        app(prog_name="glyphlab")
    except SystemExit as end:
        before = end.__context__
        if before is not None and isinstance(before.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from end  # outside of a command typer says nothing of it
        code = end.code
    else:  # pragma: no cover  # typer always exits
        code = 0
    try:
        sys.stdout.flush()
    except OSError:
        if not code:
            raise
        _drop_output()  # which is what was said already
    return code if isinstance(code, int) else int(code is not None)


def _failed(error: BaseException) -> int:
    """Say what the machine refused; let a fault of ours be seen whole."""
    from glyphlab._common.machine import of_the_machine

    if isinstance(error, BrokenPipeError):  # nobody reads on
        _drop_output()
        return 1
    message = of_the_machine(error)
    if message is None or os.environ.get("GLYPHLAB_DEBUG"):
        raise error
    if error.__class__ is OSError and getattr(error, "filename", None) is None:
        _drop_output()
    return _said(message, 1)


def _is_of_memory(error: BaseException) -> bool:
    """Return whether there was no memory left, whoever noticed it."""
    from glyphlab._common.machine import is_of_memory

    return is_of_memory(error)


def _drop_output() -> None:
    """Let what is left in the buffer, and has no place, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _said(message: str, code: int) -> int:
    sys.stderr.write(f"glyphlab: {message}\n")
    return code


def _open_streams() -> None:
    """Give the process streams that can be written to, whatever the shell closed or filled."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file opened would take its place, and get our output
            opened = os.open(os.devnull, mode)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    encoding = sys.stdout.encoding if sys.stdout is not None else "utf-8"
    sys.stdout = _Plain(
        io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding=encoding,
        errors="backslashreplace", line_buffering=os.isatty(1),
    )  # fmt: skip
    encoding = sys.stderr.encoding if sys.stderr is not None else "utf-8"
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_Forgiving(2, "w", closefd=False)), encoding=encoding,
        errors="backslashreplace", line_buffering=True, write_through=True,
    )  # fmt: skip


def _require_utf8(words: list[str]) -> None:
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = word.encode("utf-8", "backslashreplace").decode()
            sys.exit(_said(f"'{shown}' is not UTF-8: rename the file or folder", 2))
