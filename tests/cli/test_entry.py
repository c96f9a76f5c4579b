"""From the first moment of a process to its exit code: signals, and streams of every kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import glyphlab

SIGNAL = """
import os, signal, sys
import glyphlab.cli.app as app
from glyphlab.cli import entry
def now(*_):
    exec("os.kill(os.getpid(), signal.{name})\\nfor _ in range(9): pass")
{where} = now
sys.argv = ["glyphlab", "runs", "list"]
entry.run()
"""
SAY = "from glyphlab.cli import entry; entry._open_streams(); print({text!r})"


def ran(folder: Path, script: str, shell: str = "") -> subprocess.CompletedProcess[str]:
    """Run a module as ``python -m glyphlab`` is run."""
    (folder / "entered.py").write_text(script)
    words = [sys.executable, "-m", "entered"]
    if shell:
        words = ["bash", "-c", f'"$@" {shell}; exit ${{PIPESTATUS[0]}}', "bash", *words]
    env = {**os.environ, "PYTHONPATH": str(Path(glyphlab.__file__).parents[1])}
    return subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env=env)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
@pytest.mark.parametrize(
    "where", ["app._Glyphlab.parse_args", "app._Glyphlab.invoke", "entry._require_utf8"]
)
def test_a_signal_anywhere_is_said_in_one_line(name: str, where: str, tmp_path: Path) -> None:
    done = ran(tmp_path, SIGNAL.format(name=name, where=where))
    assert done.returncode == 130
    assert done.stderr == "glyphlab: interrupted: the same command resumes what was started\n"


@pytest.mark.parametrize("words", ["--help", "data list --json"])
def test_a_full_stdout_is_said_once(words: str, tmp_path: Path) -> None:
    script = (
        f"import sys; sys.argv[1:] = {words.split()!r}; from glyphlab.cli.entry import run; run()"
    )
    done = ran(tmp_path, script, ">/dev/full")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "the disk is full" in done.stderr
    assert ran(tmp_path, script, "| head -c 0").stderr == ""
    assert ran(tmp_path, script, "2>/dev/full >/dev/full").returncode == 1


def test_what_is_printed_commands_no_terminal(tmp_path: Path) -> None:
    text = "a\x1b]0;title\x07\x9b31m\u202eb\tc\nü"
    assert ran(tmp_path, SAY.format(text=text)).stdout == (
        "a\\u001b]0;title\\u0007\\u009b31m\\u202eb\tc\nü\n"
    )
