"""What the runs behind rows were trained on, and what is said where that differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glyphlab.runs import Run

__all__ = ["engines_of", "mixed_engines"]


def engines_of(runs: Sequence[Run]) -> list[str]:
    """Return the different engines of runs in words: device, number format, threads, backend."""
    return sorted({str(run.summary.engine) for run in runs})


def mixed_engines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Say which rows are a mean over trainings of several engines; empty where none is.

    Another number of threads, device or number format is another training, not the same one with
    other last bits: seeds that were trained on several engines differ by more than their seed.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of ``reproduce run --json``, with ``engines``.
    """
    mixed = {row["id"]: row["engines"] for row in rows if len(row.get("engines") or ()) > 1}
    if not mixed:
        return ""
    found = sorted({engine for engines in mixed.values() for engine in engines})
    rows_said = ", ".join(mixed) if len(mixed) <= 5 else f"{len(mixed)} rows"
    return f"mixed engines in {rows_said}: {'; '.join(found)}"
