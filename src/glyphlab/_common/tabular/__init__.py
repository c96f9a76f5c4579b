"""Tables of results: columns and rows once, and every form that they are written in."""

from __future__ import annotations

__all__: list[str] = []
