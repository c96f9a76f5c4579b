"""Tasks on disk: folders, arrays and lists of glyph pairs."""

from __future__ import annotations

__all__: list[str] = []
