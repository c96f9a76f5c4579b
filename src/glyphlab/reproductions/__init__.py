"""Published experiments: what was reported, the recipe behind each row, and what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.reproductions.catalogue import find_reproduction, list_reproductions
    from glyphlab.reproductions.core.execute import recorded, reproduce, row_ids
    from glyphlab.reproductions.core.outcome import Outcome
    from glyphlab.reproductions.core.reproduction import SCALES, Reproduction, Scale
    from glyphlab.reproductions.core.rows import Measured, Row

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
            "catalogue": (
                "find_reproduction",
                "list_reproductions",
            ),
            "core.execute": (
                "recorded",
                "reproduce",
                "row_ids",
            ),
            "core.outcome": ("Outcome",),
            "core.reproduction": (
                "SCALES",
                "Reproduction",
                "Scale",
            ),
            "core.rows": (
                "Measured",
                "Row",
            ),
        },
    )
