"""Pages: finished runs and results in, one HTML file out."""

from __future__ import annotations

__all__: list[str] = []
