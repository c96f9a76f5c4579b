"""Models of finished runs that the studio asks, loaded once."""

from __future__ import annotations

__all__: list[str] = []
