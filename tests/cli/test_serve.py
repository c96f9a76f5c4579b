"""`glyphlab serve`: what it refuses in one line, what it prints, and how it ends."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from glyphlab.serve import PACKAGES
from glyphlab.serve.app.qr_code import qr_text

Cli = Callable[..., tuple[int, str, str]]


def test_a_port_in_use_is_one_line(glyphlab: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = glyphlab("serve", "--port", port, "--no-browser")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"glyphlab: port {port} is in use: name another, or leave --port out for a free one"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "no such folder of runs"),
        (["--host", "no-such-host.invalid"], "no such address or name"),
        (["--host", "203.0.113.7"], "an address of this machine"),
        (["--allow-training"], "add --host"),
        (["--port", "0"], "--port"),
    ],
)
def test_what_is_refused(glyphlab: Cli, words: list[str], said: str) -> None:
    code, out, err = glyphlab("serve", *words, "--no-browser")
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_file_in_the_place_of_the_folder(glyphlab: Cli) -> None:
    Path("runs").write_text("", encoding="utf-8")
    code, _, err = glyphlab("serve", "--no-browser")
    assert code == 2
    assert "is a file" in err


def test_without_the_extra_it_says_what_to_install(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name in PACKAGES else found(name, *a)
    )
    code, _, err = glyphlab("serve")
    assert code == 2
    assert "Starlette" in err
    assert "pip install 'glyphlab[serve]'" in err


def test_a_qr_code_is_drawn() -> None:
    lines = qr_text("http://192.0.2.1:8000/?token=abc").splitlines()
    assert len(lines) > 10
    assert any("▄" in line or "█" in line or "▀" in line for line in lines)


def test_to_a_classroom_its_addresses_and_a_qr_code_are_shown(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trained import digits_run

    Path("runs").mkdir()
    Path("runs", "single-digits").symlink_to(digits_run().path)
    monkeypatch.setattr("glyphlab.serve.app.listening.Listening.run", lambda _self: None)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    code, out, err = glyphlab("serve", "--host", "0.0.0.0", "--no-browser")
    assert code == 0
    own, first = out.splitlines()[:2]
    assert own.startswith("http://127.0.0.1:")
    assert first.startswith("http://")
    assert "/?token=" in first
    assert own.partition("=")[2] not in first
    assert "0.0.0.0" not in out
    assert "the first address is yours" in err
    assert all(line in err for line in qr_text(first).splitlines())
    assert qr_text(first) not in glyphlab("serve", "--no-browser")[2]


def test_a_folder_that_may_not_be_looked_into(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("runs").mkdir()

    def denied(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", denied)
    code, out, err = glyphlab("serve", "--no-browser")
    assert (code, out) == (1, "")
    assert "Permission denied (runs)" in err
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_ctrl_c_ends_it_and_its_trainings_with_a_checkpoint(tmp_path: Path) -> None:
    from trained import digits_run

    root = tmp_path / "runs"
    root.mkdir()
    (root / "single-digits").symlink_to(digits_run().path)
    process = subprocess.Popen(
        [sys.executable, "-m", "glyphlab", "serve", str(root), "--no-browser", "--quiet"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        base, token = process.stdout.readline().strip().split("/?")
        recipe = {
            "task": {"name": "single"}, "model": {"strategy": "multihead", "channels": 8},
            "training": {"epochs": 5000, "precision": "float32"},
        }  # fmt: skip
        asked = urllib.request.Request(
            f"{base}/api/runs?{token}", json.dumps({"recipe": recipe}).encode(),
            {"content-type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(asked) as answer:
            name = json.load(answer)["run"]
        until = time.monotonic() + 60
        while not (root / name / "metrics.jsonl").exists():
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == ""
    assert (root / name / "checkpoint.safetensors").exists()
    assert not (root / f".{name}.lock").exists()
