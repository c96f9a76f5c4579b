"""What an experiment will train, how long that takes, and what it can detect: before training."""

from __future__ import annotations

__all__: list[str] = []
