"""Play: small trainings on embedded digits that are watched from the first epoch to the last."""

from __future__ import annotations

__all__: list[str] = []
