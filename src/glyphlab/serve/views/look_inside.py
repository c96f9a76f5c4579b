"""The area of looking inside a finished run; its pages lie in `serve.inside`."""

from __future__ import annotations

from glyphlab.serve.inside import against_view, confusion_view, layers_view, map_view
from glyphlab.serve.inside.inside_area import AREA

__all__ = ["AREA", "against_view", "confusion_view", "layers_view", "map_view"]
