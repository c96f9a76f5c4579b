"""Strategy `sliced`: one strip a position, and one net that reads every strip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glyphlab.models.strategies.base import Head
from glyphlab.models.strategies.per_position import PerPosition

__all__ = ["Sliced"]


@dataclass(frozen=True)
class Sliced(PerPosition):
    """Cut the image into one strip a position and read every strip with one net."""

    name: ClassVar[str] = "sliced"
    head: ClassVar[Head] = "cells"
    reads_any_height: ClassVar[bool] = True

    @property
    def heads(self) -> int:
        """One head reads every strip."""
        return 1

    @property
    def grid(self) -> tuple[int, int]:
        """One strip a position."""
        return 1, self.positions

    @property
    def columns(self) -> int:
        """One symbol a strip."""
        return 1
