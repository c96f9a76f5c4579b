"""A user's own model: described, kept in a run and built again."""

from __future__ import annotations

__all__: list[str] = []
