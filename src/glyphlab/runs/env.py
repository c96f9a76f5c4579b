"""What a run was made with, in words that name no person, machine or path."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from glyphlab._common.document_schema import SCHEMA

__all__ = ["commit_of", "environment", "record_head"]

_PACKAGE = Path(__file__).resolve().parents[1]


def environment() -> dict[str, Any]:
    """Describe what may change the numbers of a run.

    Returns
    -------
    dict
        ``glyphlab`` (version), ``commit`` (of the checkout it runs from, or None), ``dirty`` (the
        package differs from that commit, or None), ``python``, ``numpy``, ``torch``, ``sklearn``,
        ``numba`` (versions, None where not installed), ``platform``, ``processor``, ``cores``,
        ``threads`` (of torch) and ``gpu`` (name or None). Nothing in it is a path or a name of a
        user or a host.
    """
    import torch

    commit, dirty = _commit()
    return {
        "glyphlab": _version("glyphlab"),
        "commit": commit,
        "dirty": dirty,
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "torch": str(torch.__version__),  # with the build, as in 2.6.0+cpu
        "sklearn": _version("scikit-learn"),
        "numba": _version("numba"),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "gpu": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
    }


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or platform.machine()


@functools.cache
def _commit() -> tuple[str | None, bool | None]:
    # an installed copy may lie inside somebody else's repository: ask whether git knows this file
    if _git("ls-files", "--error-unmatch", "--", "__init__.py") is None:
        return None, None
    commit = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--", ".")
    return commit, None if changes is None else bool(changes)


def _git(*words: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", *words], cwd=_PACKAGE, capture_output=True, text=True, timeout=20, check=True
        )
    except (FileNotFoundError, PermissionError, subprocess.SubprocessError):
        return None  # no git here; what the machine refuses is said by the command line
    return answer.stdout.strip()


def record_head(script: str, engines: Iterable[object]) -> dict[str, Any]:
    """Return how every record of a benchmark begins: what made it, where, and on which engines.

    Parameters
    ----------
    script : str
        The file as it is called from the checkout, ``benchmarks/kernels.py``.
    engines : iterable
        Of the trainings or loops that were measured, in words or as :class:`~glyphlab.runs.Engine`:
        device, number format, threads and backend.
    """
    return {
        "schema": SCHEMA,
        "command": shlex.join(["python", script, *map(_unnamed, sys.argv[1:])]),
        "env": environment(),
        "engines": sorted({str(engine) for engine in engines}),
    }


def _unnamed(word: str) -> str:
    """Return a typed word, and a place of this machine by its last part."""
    return Path(word).name if Path(word).is_absolute() else word


def commit_of(env: Mapping[str, Any]) -> str:
    """Return the commit that a run began at, marked where the checkout had changes of its own."""
    commit = env.get("commit") or "unknown"
    return f"{commit}, with changes" if env.get("dirty") else str(commit)
