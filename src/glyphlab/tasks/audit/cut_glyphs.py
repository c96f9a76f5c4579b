"""The glyphs of a scene, cut out of its images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphlab.tasks.scenes.scene import Scene

__all__ = ["cut_glyphs"]


def cut_glyphs(images: NDArray[np.uint8], scene: Scene) -> NDArray[np.uint8]:
    """Cut out of each image the boxes that its symbols can reach.

    Parameters
    ----------
    images : (n, H, W) uint8
    scene : Scene
        Whose symbols do not overlap.

    Returns
    -------
    (n, k, h + free_y, w + free_x) uint8
    """
    height, width = scene.cell[0] + scene.free_y, scene.cell[1] + scene.free_x
    boxes = [
        images[:, top : top + height, left : left + width]
        for top, left in zip(scene.rows, scene.columns, strict=True)
    ]
    return np.stack(boxes, axis=1)
