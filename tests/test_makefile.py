"""The Makefile finds a Python that is new enough, or says what to do; so does CI with Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="needs make")


@pytest.fixture
def make(tmp_path: Path):
    """Return a run of make in a copy of the project's root, where PATH has chosen names only."""
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "touch", "mkdir", "test"):
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)

    def run(*arguments: str, **scripts: str) -> subprocess.CompletedProcess[str]:
        for name, script in scripts.items():
            (tools / name.replace("_", ".")).write_text(f"#!/bin/sh\n{script}\n")
            (tools / name.replace("_", ".")).chmod(0o755)
        env = {
            key: value for key, value in os.environ.items() if key not in ("PYTHON", "MAKEFLAGS")
        }
        return subprocess.run(
            [str(MAKE), *arguments], cwd=tmp_path, env={**env, "PATH": str(tools)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


REAL = f'exec {sys.executable} "$@"'


@pytest.mark.parametrize("name", ["python3_12", "python3_14", "python3", "python"])
def test_any_new_python_will_do(make, name: str) -> None:
    done = make("-n", "demo", **{name: REAL})
    assert done.returncode == 0, done.stderr
    assert f"{name.replace('_', '.')} -m venv .venv" in done.stdout
    assert "compare triple --data digits" in done.stdout


def test_one_that_is_too_old_or_does_not_run_is_passed_over(make) -> None:
    done = make("-n", "demo", python3_11="exit 127", python3_12="exit 1", python3=REAL)
    assert "python3 -m venv .venv" in done.stdout


def test_none_at_all_is_one_clear_line(make) -> None:
    done = make("demo", python3="exit 1")
    assert done.returncode == 2
    said = done.stderr.splitlines()
    assert said[0].startswith("make: found no Python 3.11 or newer (tried python3.11")
    assert said[0].endswith("make PYTHON=/path/to/python demo")


def test_a_python_can_be_named(make) -> None:
    assert "/opt/own/python -m venv .venv" in make("-n", "demo", "PYTHON=/opt/own/python").stdout


def test_the_workflow_calls_the_targets_that_there_are() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    targets = [line.removeprefix("make ") for line in script.splitlines() if line[:5] == "make "]
    assert targets[:2] == ["check", "test"]
    for target in (*targets, "coverage"):
        assert f"\n{target}: " in makefile
        assert f"make {target}\n" in workflow
    for version in ("3.11", "3.12", "3.13", "3.14"):
        assert f'"{version}"' in workflow
        assert f"Python :: {version}" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("apt", "said"),
    [(None, "no apt-get"), ("exit 100", "could not install it"), ("exit 0", "")],
)
def test_chromium_that_cannot_be_installed_fails_nothing(
    tmp_path: Path, apt: str | None, said: str
) -> None:
    for name in ("bash", "env", "id", "timeout"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    scripts = {"sudo": 'shift; [ "$1" = true ] || exec "$@"', "apt-get": apt}
    for name, script in scripts.items():
        if script is not None:
            (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
            (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci" / "chromium")], env={"PATH": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == bool(said)
