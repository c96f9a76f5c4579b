"""Trainings in processes of their own, and how they are followed."""

from __future__ import annotations

__all__: list[str] = []
