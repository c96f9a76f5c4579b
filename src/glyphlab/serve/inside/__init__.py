"""Looking inside finished runs: confused labels, two models, layers, and maps of the images."""

from __future__ import annotations

__all__: list[str] = []
