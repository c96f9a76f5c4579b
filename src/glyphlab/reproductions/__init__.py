"""Published experiments: what was reported, the recipe behind each row, and what was measured."""

from glyphlab.reproductions.execute import list_reproductions, recorded, reproduce, row_ids
from glyphlab.reproductions.outcome import Outcome
from glyphlab.reproductions.reproduction import SCALES, Reproduction, Scale
from glyphlab.reproductions.rows import Measured, Row

__all__ = [
    "SCALES",
    "Measured",
    "Outcome",
    "Reproduction",
    "Row",
    "Scale",
    "list_reproductions",
    "recorded",
    "reproduce",
    "row_ids",
]
