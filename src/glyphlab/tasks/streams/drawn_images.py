"""Images of a scene that are drawn whenever they are asked for, each time the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.progress import note_once
from glyphlab.tasks.drawing import draw, require_cell
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.streams.streamed_images import StreamedImages

__all__ = ["DrawnImages", "are_streamed", "images_of", "remark_resident", "streamed_tasks"]

_STREAMED: ContextVar[bool] = ContextVar("glyphlab_streamed", default=False)


_REMARKED: ContextVar[bool] = ContextVar("glyphlab_streams_remarked", default=True)


@contextlib.contextmanager
def streamed_tasks(wanted: bool = True, *, remarked: bool = True) -> Iterator[None]:
    """Compose the tasks of this block as streams: their images are drawn when asked for.

    They are the same images in the same order, and what is trained on them ends in the same bits.

    Parameters
    ----------
    wanted : bool
    remarked : bool
        Whether it is said which images are in memory all the same, as whoever asked for streams
        wants to know.
    """
    tokens = _STREAMED.set(wanted), _REMARKED.set(remarked)
    try:
        yield
    finally:
        _STREAMED.reset(tokens[0])
        _REMARKED.reset(tokens[1])


def remark_resident(which: str) -> None:
    """Say which images are in memory although streams are asked for."""
    if _REMARKED.get():
        note_once(f"{which}: none is streamed")


def are_streamed() -> bool:
    """Return whether the caller is in a block of `streamed_tasks`."""
    return _STREAMED.get()


class DrawnImages(StreamedImages):
    """Images that are drawn from known glyphs and offsets.

    Parameters
    ----------
    scene : Scene
    glyphs : (m, h, w) uint8
        Of the scene's cell.
    index : (n, k) integers
        Which glyph stands at each position.
    offsets : (n, k, 2) integers
        Downwards and to the right, in pixels.
    """

    def __init__(
        self, scene: Scene, glyphs: NDArray[np.uint8], index: NDArray[np.int64],
        offsets: NDArray[np.int64],
    ) -> None:  # fmt: skip
        require_cell(scene, glyphs)
        super().__init__((len(index), *scene.canvas))
        self.scene, self.glyphs = scene, glyphs
        # a million images are remembered in these two: as small as their numbers allow
        self.index = index.astype(np.min_scalar_type(max(1, len(glyphs))))
        self.offsets = offsets.astype(np.min_scalar_type(max(1, scene.free_y, scene.free_x)))

    def rows(self, index: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the images with these numbers from 0, in this order."""
        offsets = self.offsets[index].astype(np.int64)
        return draw(self.scene, self.glyphs, self.index[index].astype(np.int64), offsets)

    def take(self, index: NDArray[np.int64]) -> Self:
        """Return what stands for these images alone, in this order; none is drawn."""
        return type(self)(self.scene, self.glyphs, self.index[index], self.offsets[index])


def images_of(
    scene: Scene,
    glyphs: NDArray[np.uint8],
    index: NDArray[np.int64],
    offsets: NDArray[np.int64],
    *,
    streamed: bool,
) -> NDArray[np.uint8]:
    """Return images as `glyphlab.tasks.drawing.draw` does, or what draws them when asked to."""
    if streamed:
        return cast("NDArray[np.uint8]", DrawnImages(scene, glyphs, index, offsets))
    return draw(scene, glyphs, index, offsets)
