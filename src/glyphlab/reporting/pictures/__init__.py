"""Images as figures: in rows, beside their labels, augmented, prepared step by step."""

from __future__ import annotations

__all__: list[str] = []
