"""Neural networks, by name or by a description of their layers."""

from __future__ import annotations

__all__: list[str] = []
