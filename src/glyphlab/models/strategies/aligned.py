"""Strategy `aligned`: the whole image, and one shared classifier on one pooled cell a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from glyphlab.models.strategies.base import Head, symbol_ceiling
from glyphlab.models.strategies.per_position import PerPosition
from glyphlab.tasks.scenes.cell_grid import grid_of
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.tasks.scenes.scene import Scene

if TYPE_CHECKING:
    from glyphlab.tasks.task import Task

__all__ = ["Aligned"]


@dataclass(frozen=True)
class Aligned(PerPosition):
    """No slicing: the map is pooled to one cell a position, and one classifier reads all cells."""

    name: ClassVar[str] = "aligned"
    head: ClassVar[Head] = "cells"
    reads_any_height: ClassVar[bool] = True

    @classmethod
    def layout_in(cls, scene: Scene | None) -> Grid | None:
        """Return the cells around the symbols of a scene."""
        return None if scene is None else grid_of(scene, cut=False)

    @classmethod
    def ceiling(cls, task: Task) -> float | None:
        """Return the share of test images with symbols seen anywhere; no cell has to be cut out."""
        return symbol_ceiling(task, derived=False, cut=False)

    @property
    def frame(self) -> Grid | None:
        """Where the cells lie."""
        return self.layout

    @classmethod
    def reason_against_net(cls, net: str) -> str | None:
        """Refuse what has no map of the image that could be pooled."""
        if net == "classical":
            return (
                "strategy 'aligned' needs a net's map of the image, and a classical model has "
                "none: choose 'sliced', 'multihead' or 'whole'"
            )
        if net == "custom":
            return (
                "strategy 'aligned' pools a net's own map, and of a net of yours only the logits "
                "are known: choose 'multihead', 'sliced' or 'whole'"
            )
        return None

    @classmethod
    def reason_against_stack(cls) -> str | None:
        """Refuse: a stack is of perceptrons."""
        return "strategy 'aligned' needs a map"
