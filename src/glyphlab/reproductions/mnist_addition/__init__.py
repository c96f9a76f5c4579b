"""The paper on MNIST addition."""

from __future__ import annotations

__all__: list[str] = []
