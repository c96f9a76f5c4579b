"""Tests of models against each other, by their answers on the same items."""

from __future__ import annotations

__all__: list[str] = []
