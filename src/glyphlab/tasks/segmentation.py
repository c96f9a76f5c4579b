"""Pictures of several symbols: found, ordered, prepared one by one, put where a scene has them."""

from __future__ import annotations

from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import MNIST_STYLE, Prepared, Style, prepare_photograph, prepare_symbol
from glyphlab.tasks.scenes.scene import Scene

__all__ = ["prepare_scene"]


def prepare_scene(
    picture: GrayImage, scene: Scene, style: Style = MNIST_STYLE, *, steps: bool = False
) -> Prepared:
    """Make an image of a scene of a picture.

    Parameters
    ----------
    picture : GrayImage
        As `glyphlab._common.untrusted.read_gray` gives it.
    scene : Scene
        How many symbols there are, and where they stand.
    style : Style
        What one symbol of the training data is like; of the scene's cell.
    steps : bool
        Whether each step is kept, to be shown as a figure.

    Returns
    -------
    Prepared
        Its image has the scene's canvas.

    Raises
    ------
    DataError
        Where the picture shows more or fewer symbols than the scene has; both numbers are said.
    """
    style = style.resized(scene.cell)
    if style.kind == "photographs" or scene.count > 1:
        return prepare_photograph(picture, scene.canvas)
    return prepare_symbol(picture, style, steps=steps)
