"""Generators of the studio: samples as they are asked for, and small trainings to look at."""

from __future__ import annotations

__all__: list[str] = []
