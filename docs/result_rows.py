"""What the functions share that make a row of docs/results.md from a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["Record", "Rows", "percent"]

Record = Mapping[str, Any]
Rows = Iterable[tuple[str, str, str]]
"""What was measured, the figure, and over how many runs."""


def percent(share: float) -> str:
    """Return a share in percent with two decimals."""
    return f"{share * 100:.2f} %"
