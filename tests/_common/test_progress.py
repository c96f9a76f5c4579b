"""Progress goes to stderr, plainly where nobody watches, and nowhere where nobody asked."""

from __future__ import annotations

import io
import multiprocessing
import os
import pty
import subprocess
import sys

import pytest

from glyphlab._common.progress import note, progress


def test_one_plain_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(3, "aligned seed 0", done=1) as bar:
        bar.advance(text="loss 0.12 val 98.1 %")
        bar.advance()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "aligned seed 0: epoch 2/3 loss 0.12 val 98.1 %",
        "aligned seed 0: epoch 3/3",
    ]


def test_bytes_get_one_line_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(None, "mnist", unit="byte") as bar:
        for _ in range(100):
            bar.advance(25_000)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mnist: 2.5 MB in ")


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


def test_note_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    note("offline:\n taking [digits] instead")
    assert capsys.readouterr() == ("", "note: offline: taking [digits] instead\n")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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


def test_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    with progress(1, "x") as bar:
        bar.advance()
    assert terminal.getvalue() == "x: epoch 1/1\n"


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
