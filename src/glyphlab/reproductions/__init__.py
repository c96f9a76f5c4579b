"""Published experiments: what was reported, the recipe behind each row, and what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.lazy import attach

if TYPE_CHECKING:
    from glyphlab.reproductions.catalogue import find_reproduction, list_reproductions
    from glyphlab.reproductions.execute import recorded, reproduce, row_ids
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
    "find_reproduction",
    "list_reproductions",
    "recorded",
    "reproduce",
    "row_ids",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "catalogue": ("find_reproduction", "list_reproductions"),
            "execute": ("recorded", "reproduce", "row_ids"),
            "outcome": ("Outcome",),
            "reproduction": ("SCALES", "Reproduction", "Scale"),
            "rows": ("Measured", "Row"),
        },
    )
