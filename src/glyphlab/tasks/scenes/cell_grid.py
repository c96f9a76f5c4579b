"""Scenes whose symbols stand in rows and columns."""

from __future__ import annotations

import functools

from glyphlab._common.errors import RecipeError
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.tasks.scenes.scene import Scene

__all__ = ["grid_of"]


@functools.lru_cache(256)
def grid_of(scene: Scene, *, cut: bool = True) -> Grid:
    """Return the grid of a scene whose symbols stand in rows and columns, in reading order.

    Parameters
    ----------
    scene : Scene
    cut : bool
        Whether images are to be cut into cells, which then have whole pixels.

    Raises
    ------
    RecipeError
        Where they stand otherwise.
    """
    grid = scene.grid(cut=cut)
    if grid is None:
        instead = "'whole' or 'multihead'" if scene.rule == "digits" else "'whole'"
        raise RecipeError(
            f"the symbols of '{scene.name}' do not stand in a grid, rows and columns of their own, "
            f"so they cannot be distinguished: choose strategy {instead}, or a scene with rows "
            "and columns"
        )
    return grid
