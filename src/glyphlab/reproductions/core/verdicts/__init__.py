"""What may be said of a row: the interval it is compared with, the verdict, the totals."""

from __future__ import annotations

__all__: list[str] = []
