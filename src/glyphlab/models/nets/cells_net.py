"""Images cut along a grid, and a net that reads every cell of one with the same weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError
from glyphlab.models.nets.base import Net
from glyphlab.tasks.scenes.grid import Grid, Span

__all__ = ["CellsNet", "cut", "framed"]


def cut(images: Tensor, grid: tuple[int, int]) -> Tensor:
    """Cut images ``(n, H, W)`` into parts ``(n * rows * columns, H / rows, W / columns)``.

    The parts of an image follow each other row by row, left to right.

    Raises
    ------
    RecipeError
        Where height or width is no multiple.
    """
    rows, columns = grid
    if grid == (1, 1):
        return images
    count, height, width = images.shape
    for side, parts, word in ((height, rows, "high"), (width, columns, "wide")):
        if side % parts:
            raise RecipeError(
                f"images {side} pixels {word} cannot be cut into {parts} equal parts: "
                "choose strategy 'aligned' or 'multihead', which need no cutting"
            )
    parted = images.reshape(count, rows, height // rows, columns, width // columns)
    return parted.transpose(2, 3).reshape(-1, height // rows, width // columns)


def framed(images: Tensor, grid: Grid | None) -> Tensor:
    """Return what the cells of a grid hold of images ``(n, H, W)``, background beyond the edges."""
    if grid is not None:
        for axis, span in ((1, grid.down), (2, grid.right)):
            images = _spanned(images, axis, span)
    return images


def _spanned(images: Tensor, axis: int, span: Span) -> Tensor:
    if span is None:
        return images
    start, length = span
    within = min(length, images.shape[axis] - start)
    shape = [*images.shape]
    shape[axis] = length
    whole = images.new_zeros(shape)
    whole.narrow(axis, 0, within).copy_(images.narrow(axis, start, within))
    return whole


class CellsNet(Net):
    """One net for every cell of an image.

    Parameters
    ----------
    reader : torch.nn.Module
        Maps cells ``(n, 1, h, w)`` to logits ``(n, 1, classes)``.
    grid : (int, int)
        Rows and columns of cells.
    """

    def __init__(self, reader: nn.Module, grid: tuple[int, int]) -> None:
        super().__init__()
        self.reader, self.grid = reader, grid
        self.shardable = isinstance(reader, Net) and reader.shardable
        self.capturable = isinstance(reader, Net) and reader.capturable

    @property
    def scale_free_weights(self) -> Sequence[Tensor]:
        """Those of the reader."""
        return self.reader.scale_free_weights if isinstance(self.reader, Net) else ()

    def draw_masks(self, count: int, generator: torch.Generator) -> list[Tensor]:
        """Draw the reader's masks for every cell, ``(count, cells, …)``: a row is an image."""
        if not isinstance(self.reader, Net):
            return []
        cells = self.grid[0] * self.grid[1]
        masks = self.reader.draw_masks(count * cells, generator)
        return [mask.view(count, cells, *mask.shape[1:]) for mask in masks]

    def forward(self, images: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
        """Map images ``(n, 1, H, W)`` to logits ``(n, cells, classes)``."""
        parts = cut(images[:, 0], self.grid).unsqueeze(1)
        of_parts = [mask.flatten(0, 1) for mask in masks]
        logits: Tensor = self.reader(parts, of_parts) if of_parts else self.reader(parts)
        return logits.view(len(images), -1, logits.shape[-1])
