"""What a finished training is scored by: predictions, samples and what they are compared with."""

from __future__ import annotations

__all__: list[str] = []
