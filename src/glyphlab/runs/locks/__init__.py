"""One process to a run folder, on one machine or on several that share it."""

from __future__ import annotations

__all__: list[str] = []
