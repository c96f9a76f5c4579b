"""The area itself, and what requests to it have in common."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from glyphlab.runs import GeneratorSummary, Run
from glyphlab.serve.app.areas import Area, OfRun
from glyphlab.serve.app.studio import Studio

__all__ = ["AREA", "SLOW", "FromStart", "frame_of"]

AREA = Area("inside", "Look inside", "/inside")

SLOW = 180.0
"""Seconds that the first question about a test set may take: its images are loaded, or drawn."""

_MAP = ("/map", "map", "Map")


class FromStart(OfRun):
    """A request about images of a run, some at a time."""

    start: int = Field(0, ge=0, lt=2**31, description="Leave out this number of images.")


def frame_of(studio: Studio, run: Run) -> dict[str, Any]:
    """Return what every page about a finished run asks for: its name, and where its links lead.

    A generator predicts nothing, and a classical model has no layers. The embedded model is no run
    of the folder, and has no page of its own.
    """
    summary, embedded = run.summary, studio.settings.embedded
    views = [("", "confusions", "Confusions"), ("/against", "against", "Two models")]
    if isinstance(summary, GeneratorSummary):
        views = [_MAP]
    elif summary.net != "classical":
        views += [("/layers", "layers", "Layers"), _MAP]
    return {"title": run.name, "run": run.name, "views": views,
            "has_page": embedded is None or run.name != embedded.name}  # fmt: skip
