"""What every package may use: errors, seeds, files, progress, registries."""

from __future__ import annotations

__all__: list[str] = []
