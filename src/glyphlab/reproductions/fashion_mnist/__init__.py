"""The paper on Fashion-MNIST."""

from __future__ import annotations

__all__: list[str] = []
