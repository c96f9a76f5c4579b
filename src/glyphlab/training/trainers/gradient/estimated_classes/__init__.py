"""The class of every symbol, estimated from sums of many of them before a net is trained."""

from __future__ import annotations

__all__: list[str] = []
