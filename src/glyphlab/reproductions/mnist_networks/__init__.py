"""The paper on networks for MNIST."""

from __future__ import annotations

__all__: list[str] = []
