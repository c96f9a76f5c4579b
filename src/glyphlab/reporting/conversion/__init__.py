"""The figures of a page for outside of it."""

from __future__ import annotations

__all__: list[str] = []
