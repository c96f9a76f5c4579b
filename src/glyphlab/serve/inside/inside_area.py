"""The area itself, and what requests to it have in common."""

from __future__ import annotations

from pydantic import Field

from glyphlab.serve.app.areas import Area, OfRun

__all__ = ["AREA", "SLOW", "FromStart"]

AREA = Area("inside", "Look inside", "/inside")

SLOW = 180.0
"""Seconds that the first question about a test set may take: its images are loaded, or drawn."""


class FromStart(OfRun):
    """A request about images of a run, some at a time."""

    start: int = Field(0, ge=0, lt=2**31, description="Leave out this number of images.")
