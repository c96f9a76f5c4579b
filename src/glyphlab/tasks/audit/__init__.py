"""What a split leaks, and the highest accuracy that each strategy can reach on it."""

from __future__ import annotations

__all__: list[str] = []
