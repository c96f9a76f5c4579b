"""Contenders that take turns, each in a process of its own, and what their Pythons have.

TensorFlow and torch in one process fight for its threads; so a benchmark starts itself once a
contender, asks each in turn over its stdin, and reads a figure from its stdout. Nothing here needs
more than the standard library: the Python that has Keras may have nothing else.

``python benchmarks/contenders.py`` prints the versions that this Python would use.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["answer", "environment", "need_keras", "versions", "worker"]

_READY = "ready"
_NAMES = ("glyphlab", "torch", "numba", "numpy", "keras", "tensorflow", "tensorflow-cpu")


def answer(figure: Callable[[Any], float]) -> None:
    """Say that all is built, and answer each line of JSON on stdin with a line of its figure."""
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries may talk; the answers stay clean
    print(f"\n{_READY}", file=answers, flush=True)  # whatever a library has left on the line
    for line in sys.stdin:
        print(figure(json.loads(line)), file=answers, flush=True)


@contextlib.contextmanager
def worker(title: str, *words: str) -> Iterator[Callable[[Any], float]]:
    """Start a contender by its command line, and once it is built give what asks it for a figure.

    What it is asked must be JSON; a contender that stops ends the benchmark, under its `title`.
    They are built one after another: what one measures while it is built is not of the next.
    """
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def said() -> str:
        line = stdout.readline()
        if not line:
            raise SystemExit(f"{title} stopped: see its message above")
        return line.strip()

    def ask(question: Any) -> float:
        print(json.dumps(question), file=stdin, flush=True)
        return float(said())

    try:
        while said() != _READY:  # what a library prints while it is imported
            pass
        yield ask
    finally:
        stdin.close()
        process.wait()


def need_keras(python: str) -> None:
    """Stop with what to type where that Python does not find TensorFlow and Keras."""
    look = "import importlib.util as u; print(*map(u.find_spec, ('tensorflow', 'keras')))"
    done = subprocess.run([python, "-c", look], capture_output=True, text=True, check=False)
    if done.returncode or "None" in done.stdout:
        raise SystemExit(
            f"{python} has no TensorFlow: pip install 'glyphlab[bench]', or name a Python that has "
            "it with --keras-python"
        )


def environment(pythons: dict[str, str]) -> dict[str, Any]:
    """Return hardware, thread counts and versions, each as the contender's own Python has it."""
    found = {}
    for name, python in pythons.items():
        done = subprocess.run([python, __file__], capture_output=True, check=True)
        found[name] = json.loads(done.stdout)
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "versions": found,
    }


def versions() -> dict[str, Any]:
    """Return the versions that this Python would use, and torch's threads where it has torch."""
    from importlib import metadata

    found: dict[str, Any] = {"python": platform.python_version()}
    for name in _NAMES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    if "torch" in found:
        import torch

        found["torch threads"] = torch.get_num_threads()
    return found


def _processor() -> str:
    with contextlib.suppress(OSError, StopIteration):
        rows = Path("/proc/cpuinfo").read_text().splitlines()
        return next(row for row in rows if row.startswith("model name")).partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    print(json.dumps(versions()))
