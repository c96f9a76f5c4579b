"""From the first moment of a process to its exit code: signals, and streams of every kind."""

from __future__ import annotations

import subprocess
import sys

import pytest

SIGNAL = """
import os, signal, sys
import glyphlab.cli.app as app
from glyphlab.cli import entry
def now(*_):
    os.kill(os.getpid(), signal.{name})
{where} = now
sys.argv = ["glyphlab", "runs", "list"]
entry.run()
"""
SAY = "from glyphlab.cli import entry; entry._open_streams(); print({text!r})"


def ran(script: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    words = ["bash", "-c", f'"$0" -c "$1" {shell}; exit ${{PIPESTATUS[0]}}', sys.executable, script]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize(
    "where", ["app._Glyphlab.parse_args", "app._Glyphlab.invoke", "entry._require_utf8"]
)
def test_a_signal_anywhere_is_said_in_one_line(name: str, where: str) -> None:
    done = ran(SIGNAL.format(name=name, where=where))
    assert done.returncode == 130
    assert done.stderr == "glyphlab: interrupted: the same command resumes what was started\n"


@pytest.mark.parametrize("words", ["--help", "data list --json"])
def test_a_full_stdout_is_said_once(words: str) -> None:
    script = (
        f"import sys; sys.argv[1:] = {words.split()!r}; from glyphlab.cli.entry import run; run()"
    )
    done = ran(script, ">/dev/full")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "the disk is full" in done.stderr
    assert ran(script, "| head -c 0").stderr == ""
    assert ran(script, "2>/dev/full >/dev/full").returncode == 1


def test_what_is_printed_commands_no_terminal() -> None:
    text = "a\x1b]0;title\x07\x9b31m\u202eb\tc\nü"
    assert ran(SAY.format(text=text)).stdout == (
        "a\\u001b]0;title\\u0007\\u009b31m\\u202eb\tc\nü\n"
    )
