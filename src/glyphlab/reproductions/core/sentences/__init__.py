"""Measures of what reports say in words: each asks one sentence of finished runs."""

from __future__ import annotations

__all__: list[str] = []
