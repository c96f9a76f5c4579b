"""Runs while others write them: listed again and again, and asked to stop."""

from __future__ import annotations

__all__: list[str] = []
