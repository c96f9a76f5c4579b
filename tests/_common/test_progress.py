"""Progress goes to stderr, plainly where nobody watches, and nowhere where nobody asked."""

from __future__ import annotations

import builtins
import io
import logging
import multiprocessing
import os
import pty
import subprocess
import sys
import time
import types
from typing import Any

import pytest

from glyphlab._common import progress as progress_module
from glyphlab._common.progress import note, note_once, progress, shown_notes, without_notes


@pytest.mark.usefixtures("notes")
def test_a_pipe_gets_a_note_a_minute_with_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with progress(10, "aligned seed 0", done=1) as bar:
        for _ in range(9):
            now += 25.0
            bar.advance(text="loss 0.12")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "note: aligned seed 0: epoch 4/10, loss 0.12, 2 min left",
        "note: aligned seed 0: epoch 7/10, loss 0.12, 1 min left",
        "note: aligned seed 0: epoch 10/10, loss 0.12, 0 min left",
    ]


@pytest.mark.usefixtures("notes")
def test_a_pipe_gets_nothing_of_what_is_short(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(2, "short") as bar:
        bar.advance()
        bar.advance()
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("notes")
def test_bytes_get_one_note_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(None, "mnist", unit="byte") as bar:
        for _ in range(100):
            bar.advance(25_000)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("note: mnist: 2.5 MB in ")


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(1, "x", quiet=True) as bar:
        bar.advance(text="y")
    assert capsys.readouterr() == ("", "")


def test_worker_processes_show_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    with progress(1, "x") as bar:
        bar.advance()
    assert capsys.readouterr() == ("", "")


def test_a_note_is_one_record_and_goes_nowhere_of_itself(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "glyphlab"):
        note("offline:\n taking [digits] instead, 100 %d")
    (record,) = caplog.records
    assert record.getMessage() == "offline: taking [digits] instead, 100 %d"
    assert (record.name, record.levelno) == ("glyphlab", logging.INFO)
    assert record.module == "test_progress"
    assert capsys.readouterr() == ("", "")


def test_notes_are_shown_in_the_block_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("glyphlab")
    before = (logger.level, list(logger.handlers))
    with shown_notes():
        note("offline:\n taking [digits] instead")
        logger.warning("a plug-in")
    assert (logger.level, list(logger.handlers)) == before
    note("not this one")
    assert capsys.readouterr().err == ("note: offline: taking [digits] instead\nnote: a plug-in\n")


class Cell:
    """What a notebook shows of one display."""

    def __init__(self, shown: object) -> None:
        self.states = [self.text(shown)]

    def update(self, shown: object) -> None:
        self.states.append(self.text(shown))

    @staticmethod
    def text(shown: Any) -> str:
        bundle = shown._repr_mimebundle_(include=(), exclude=())
        assert "text/html" in bundle
        return str(bundle["text/plain"])


def test_a_notebook_shows_a_bar_without_widgets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cells: list[Cell] = []

    def display(shown: object, *, display_id: bool) -> Cell:
        assert display_id
        cells.append(Cell(shown))
        return cells[-1]

    shell = type("ZMQInteractiveShell", (), {})
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    there = types.ModuleType("IPython.display")
    there.display = display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython.display", there)
    monkeypatch.setattr(builtins, "get_ipython", shell, raising=False)
    monkeypatch.setattr(progress_module, "REDRAWN", 0.0)
    with progress(2, "compare", unit="run") as outer, progress(4, "whole [seed 0]") as inner:
        for _ in range(3):
            inner.advance(text="loss 0.5 [ok]")
            time.sleep(0.01)  # two instants make a pace
        outer.advance()
        with shown_notes():
            note("a lower precision")
    with progress(1, "again") as bar:
        bar.advance()
    first, second = cells
    assert "epoch 3/4" in first.states[-1]
    assert "run 1/2" in first.states[-1]
    assert "loss 0.5 [ok]" in first.states[-1]
    assert "00:0" in first.states[-1]  # the time left
    assert "epoch 1/1" in second.states[-1]
    assert capsys.readouterr() == ("", "note: a lower precision\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("notes")
def test_bar_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress(2, "compare", unit="run") as outer, progress(4, "whole [seed 0]") as inner:
        inner.advance(text="loss 0.5 [ok]")
        note("a [lower] precision")
        outer.advance()
    shown = terminal.getvalue()
    for part in ("compare", "run 1/2", "whole [seed 0]", "epoch 1/4", "loss 0.5 [ok]"):
        assert part in shown
    assert shown.count("note: a [lower] precision\n") == 1
    assert "\x1b[3" not in shown  # no colour under NO_COLOR, which conftest sets
    with progress(1, "again") as bar:  # the display of the first block is gone
        bar.advance()


def test_a_dumb_terminal_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    with progress(1, "x") as bar:
        bar.advance()
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color_in_a_real_terminal(variables: dict[str, str], coloured: bool) -> None:
    code = (
        "from glyphlab._common.progress import progress\n"
        "with progress(2, 'x') as bar: bar.advance(); bar.advance()"
    )
    keep = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", code], stderr=theirs, env={**keep, "TERM": "xterm", **variables},
        check=True,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert b"epoch 2/2" in shown
    assert (b"\x1b[3" in shown or b"\x1b[1;3" in shown) is coloured


def test_a_notice_of_every_run_is_said_once_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with shown_notes():
            note_once("nets multiply in bfloat16")
            note_once("nets multiply in bfloat16")
            note("something else")
        err = capsys.readouterr().err
        assert err.splitlines() == ["note: nets multiply in bfloat16", "note: something else"]


@pytest.mark.usefixtures("notes")
def test_what_is_silenced_may_be_noted_later(capsys: pytest.CaptureFixture[str]) -> None:
    with without_notes():
        note("one")
        note_once("two")
    note_once("two")
    assert capsys.readouterr().err == "note: two\n"
