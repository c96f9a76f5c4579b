"""Scenes whose symbols stand in a grid."""

from __future__ import annotations

from glyphlab.compose.scene import Scene
from glyphlab.errors import RecipeError

__all__ = ["grid_of"]


def grid_of(scene: Scene) -> tuple[int, int]:
    """Return the rows and columns of a scene whose symbols fill a grid, in reading order.

    Raises
    ------
    RecipeError
        Where they stand otherwise.
    """
    height, width = scene.cell
    rows, columns = scene.canvas[0] // height, scene.canvas[1] // width
    places = [(row * height, column * width) for row in range(rows) for column in range(columns)]
    fills = (rows * height, columns * width) == scene.canvas and not (scene.free_x or scene.free_y)
    if not fills or places != list(zip(scene.rows, scene.columns, strict=True)):
        raise RecipeError(
            f"the symbols of '{scene.name}' do not stand in a grid, so single ones cannot be cut "
            "out: choose strategy 'sliced' or 'aligned', or a task such as 'addition'"
        )
    return rows, columns
