"""The application: areas and their endpoints, access, limits, answers, the OpenAPI document."""

from __future__ import annotations

from glyphlab.serve import require_serve

__all__: list[str] = []

require_serve()
