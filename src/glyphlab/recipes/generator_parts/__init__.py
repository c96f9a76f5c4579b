"""Parts of a generator's recipe."""

from __future__ import annotations

__all__: list[str] = []
