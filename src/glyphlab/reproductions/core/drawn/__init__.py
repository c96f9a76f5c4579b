"""What a report shows, drawn from our runs and data in the same form."""

from __future__ import annotations

__all__: list[str] = []
