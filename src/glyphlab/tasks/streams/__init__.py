"""Images that are drawn or read when they are asked for, so that memory does not hold them all."""

from __future__ import annotations

__all__: list[str] = []
