"""Strategy `sliced`: one part a position, and one net that reads every part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from glyphlab.models.strategies.base import Head
from glyphlab.models.strategies.per_position import PerPosition
from glyphlab.tasks.scenes.cell_grid import grid_of
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.tasks.scenes.scene import Scene

__all__ = ["Sliced"]


@dataclass(frozen=True)
class Sliced(PerPosition):
    """Cut the image into one part a position, as a strip, and read every part with one net."""

    name: ClassVar[str] = "sliced"
    head: ClassVar[Head] = "cells"
    reads_any_height: ClassVar[bool] = True

    @classmethod
    def layout_in(cls, scene: Scene | None) -> Grid | None:
        """Return the parts around the symbols of a scene."""
        return None if scene is None else grid_of(scene)

    @property
    def heads(self) -> int:
        """One head reads every part."""
        return 1

    @property
    def grid(self) -> tuple[int, int]:
        """One part a position."""
        return (1, self.positions) if self.layout is None else self.layout.shape

    @property
    def frame(self) -> Grid | None:
        """Where the parts lie."""
        return self.layout

    @property
    def columns(self) -> int:
        """One symbol a part."""
        return 1

    @property
    def rows(self) -> int:
        """One symbol a part."""
        return 1
