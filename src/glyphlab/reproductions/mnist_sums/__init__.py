"""Our own experiment on sums of longer numbers."""

from __future__ import annotations

__all__: list[str] = []
