"""Every area, in the order of the navigation: a line each.

An area of several modules has an `Area` of the same name in each; the first has its title.
"""

from __future__ import annotations

from glyphlab.serve.app.areas import Area
from glyphlab.serve.views import (
    compared_runs,
    generate_area,
    http_api,
    one_run,
    play_area,
    reproduce_area,
    runs_list,
)

__all__ = ["AREAS"]

AREAS: tuple[Area, ...] = (
    runs_list.AREA,
    one_run.AREA,
    compared_runs.AREA,
    play_area.AREA,
    generate_area.AREA,
    reproduce_area.AREA,
    http_api.AREA,
)
