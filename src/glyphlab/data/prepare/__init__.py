"""From any picture to a symbol as the training data have them, and what was done on the way."""

from glyphlab._common.untrusted import GrayImage, read_gray
from glyphlab.data.prepare.measured_style import style_of
from glyphlab.data.prepare.photographs import prepare_photograph
from glyphlab.data.prepare.prepared import Prepared, Step
from glyphlab.data.prepare.source_kind import Kind, kind_of_source
from glyphlab.data.prepare.style import MNIST_STYLE, Style
from glyphlab.data.prepare.writing import prepare_symbol

__all__ = [
    "MNIST_STYLE",
    "GrayImage",
    "Kind",
    "Prepared",
    "Step",
    "Style",
    "kind_of_source",
    "prepare_photograph",
    "prepare_symbol",
    "read_gray",
    "style_of",
]
