"""Perceptrons of one shape, trained side by side in one compiled call an epoch."""

from __future__ import annotations

__all__: list[str] = []
