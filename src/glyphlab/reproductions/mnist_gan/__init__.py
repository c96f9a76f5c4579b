"""The paper on generating MNIST digits."""

from __future__ import annotations

__all__: list[str] = []
