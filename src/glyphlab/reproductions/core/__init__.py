"""What the papers share: rows, their runs, their outcome."""

from __future__ import annotations

__all__: list[str] = []
