"""Every area, in the order of the navigation: a line each."""

from __future__ import annotations

from glyphlab.serve.app.areas import Area
from glyphlab.serve.views import data_area, http_api, look_inside, runs_list

__all__ = ["AREAS"]

AREAS: tuple[Area, ...] = (
    runs_list.AREA,
    look_inside.AREA,
    data_area.AREA,
    http_api.AREA,
)
