"""Sections of a page, worked out from finished runs."""

from __future__ import annotations

__all__: list[str] = []
