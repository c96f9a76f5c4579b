"""Images that people bring: uploaded, laid out, audited, and imported under a name."""

from __future__ import annotations

__all__: list[str] = []
