"""Handwriting: ink is found on its paper and becomes a symbol as the training data have them."""

from __future__ import annotations

from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare.photographs import prepare_photograph
from glyphlab.data.prepare.prepared import Prepared
from glyphlab.data.prepare.style import MNIST_STYLE, Style

__all__ = ["prepare_symbol"]


def prepare_symbol(
    picture: GrayImage, style: Style = MNIST_STYLE, *, steps: bool = False
) -> Prepared:
    """Make one symbol of a picture, as the training images of a style have them.

    Parameters
    ----------
    picture : GrayImage
        As `glyphlab._common.untrusted.read_gray` gives it; what was done there comes first in
        `Prepared.done`.
    style : Style
        What the training images are like.
    steps : bool
        Whether each step is kept, to be shown as a figure.

    Returns
    -------
    Prepared
        The same pixels where the picture is like the training images already.
    """
    del steps
    return prepare_photograph(picture, style.size)
