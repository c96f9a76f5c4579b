"""What a `reported.toml` holds: its tables, and the items that are no rows of their own."""

from __future__ import annotations

__all__: list[str] = []
