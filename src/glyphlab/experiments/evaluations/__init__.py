"""Finished runs on images that they were not made for: other data, and corrupted ones."""

from __future__ import annotations

__all__: list[str] = []
