"""Values that need more of a run than its summary: its answers, or its fitted model."""

from __future__ import annotations

__all__: list[str] = []
