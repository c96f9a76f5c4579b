"""Every area, in the order of the navigation: a line each."""

from __future__ import annotations

from glyphlab.serve.app.areas import Area
from glyphlab.serve.views import draw, http_api, runs_list

__all__ = ["AREAS"]

AREAS: tuple[Area, ...] = (
    draw.AREA,
    runs_list.AREA,
    http_api.AREA,
)
