"""Measures that need no training: of the data, and of nets with the weights they begin with."""

from __future__ import annotations

__all__: list[str] = []
