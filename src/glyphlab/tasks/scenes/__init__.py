"""Scenes: where symbols stand on an image and how a label is derived from them."""

from __future__ import annotations

__all__: list[str] = []
