"""A command in a folder of its own, and what every failing one has in common."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from glyphlab import cli

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def glyphlab(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Cli:
    """Run a command in a folder of its own; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLYPHLAB_DATA", "noted, so that --data-dir of a test ends with the test")
    monkeypatch.delenv("GLYPHLAB_DATA")

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["glyphlab", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


def fails(result: tuple[int, str, str], code: int, *parts: str) -> None:
    """Nothing on stdout, one line on stderr, and the exit code."""
    found, out, err = result
    assert found == code, err
    assert out == ""
    assert err.startswith("glyphlab: ")
    assert err.count("\n") == 1
    for part in parts:
        assert part in err
