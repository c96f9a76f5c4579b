"""Whether an image is like those that a model was trained on, and how often that is wrong."""

from __future__ import annotations

__all__: list[str] = []
