"""Parts of a classifier's recipe."""

from __future__ import annotations

__all__: list[str] = []
