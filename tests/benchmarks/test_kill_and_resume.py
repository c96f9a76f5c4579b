"""The benchmark that kills commands, in its shortest form."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "kill_and_resume.py"


@pytest.mark.long
def test_a_generator_that_was_killed_ends_in_the_same_bytes() -> None:
    few = ["--set", "training.images=64", "--set", "evaluation.samples=50"]
    words = ["--kind", "generator", "--verb", "train", "--kills", "2", *few]
    found = subprocess.run(
        [sys.executable, BENCHMARK, *words], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    document = json.loads(found.stdout[found.stdout.index("\n{") :])
    assert (document["kills"], document["moments"], document["identical"]) == (2, 2, 2)
    assert document["files"] > 15
