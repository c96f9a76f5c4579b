"""One net by gradient descent."""

from __future__ import annotations

__all__: list[str] = []
