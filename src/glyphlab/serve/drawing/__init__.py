"""Behind the page to draw on: what was drawn, as models see it, and what they say of it."""

from __future__ import annotations

__all__: list[str] = []
