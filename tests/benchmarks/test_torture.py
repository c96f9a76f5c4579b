"""The short form of ``make torture``: a few of each kind of what it does in full."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def ran(script: str, *words: str) -> dict[str, Any]:
    found = subprocess.run(
        [sys.executable, BENCHMARKS / script, *words, "--workers", "1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-3000:] + found.stderr[-3000:]
    document: dict[str, Any] = json.loads(found.stdout[found.stdout.index("{\n") :])
    return document


@pytest.mark.parametrize(
    "command", ["train", pytest.param("search", marks=pytest.mark.long), "build", "import"]
)
def test_crash_points(command: str) -> None:
    document = ran("crash_points.py", "--commands", command, "--every", "13", "--most", "8")
    (row,) = document["commands"]
    assert document["points"] == 8
    assert document["faults"] == 0
    assert row["operations"] > 80
    assert row["modes"]["kill"] == 4
    assert len(row["modes"]) > 3


@pytest.mark.long
def test_signals() -> None:
    document = ran("signals.py", "--moments", "1", "--epochs", "20", "--seed", "2")
    assert document["moments"] == {"TERM": 1, "HUP": 1, "INT": 1}
    assert document["exits"] == {"130": 3}


def test_hostile_runs() -> None:
    reading = "runs list,report,train"
    document = ran("hostile_runs.py", "--commands", reading, "--damages", "markup")
    assert document["tried"] == 2 * 2 + 1
    assert document["faults"] == 0


def test_what_the_machine_refuses() -> None:
    document = ran("machine_limits.py", "--only", "file size 1k: build")
    assert document["cases"] == 1


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return importlib.import_module("hostile_runs")


def test_every_command_is_tried_on_hostile_runs(hostile: ModuleType) -> None:
    assert hostile.uncovered() == set()


@pytest.mark.parametrize(
    "page",
    [
        "<p><script>glyphmark()</script>", "<img src=x onerror=glyphmark()>",
        "<svg onload='glyphmark()'>", "<a href='https://a.b'>", "<link rel=stylesheet href=a.css>",
    ],
)  # fmt: skip
def test_what_a_page_may_not_hold_is_found(hostile: ModuleType, page: str) -> None:
    from faults.pages import wrong_in_page

    assert wrong_in_page(page)
    assert not wrong_in_page("<p>&lt;script&gt;</p><img src='data:image/png;base64,AA'>")


def test_a_torn_write_is_half_a_write(tmp_path: Path, hostile: ModuleType) -> None:
    from faults.file_layer import FileLayer

    pid = os.fork()
    if not pid:
        FileLayer(tmp_path, "tear", 3).install()
        with (tmp_path / "a").open("wb", buffering=0) as file:
            file.write(b"whole")
            file.write(b"torn")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9
    assert (tmp_path / "a").read_bytes() == b"wholeto"
