"""The paper on three digits in one image."""

from __future__ import annotations

__all__: list[str] = []
