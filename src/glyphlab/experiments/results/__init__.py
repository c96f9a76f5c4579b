"""What an experiment found: one table of tests, one document."""

from __future__ import annotations

__all__: list[str] = []
