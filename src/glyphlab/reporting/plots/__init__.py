"""Figures: arrays in, SVG or PNG out."""

from __future__ import annotations

__all__: list[str] = []
