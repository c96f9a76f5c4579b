"""Studies: searches for a recipe, in stages, that a kill does not set back.

Needs Optuna, of the extra ``study``.
"""

from __future__ import annotations

import importlib.util

from glyphlab.errors import UsageError

__all__ = ["Study", "StudyDefinition", "StudyResult"]

if importlib.util.find_spec("optuna") is None:
    raise UsageError("studies need Optuna, which is not installed: pip install 'glyphlab[study]'")

from glyphlab.study.definition import StudyDefinition
from glyphlab.study.result import StudyResult
from glyphlab.study.study import Study
