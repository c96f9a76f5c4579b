"""Studies: searches for a recipe, in stages, that a kill does not set back.

Needs Optuna, of the extra ``study``.
"""

from __future__ import annotations

import importlib.util

from glyphlab._common.errors import UsageError

__all__ = ["Study", "StudyDefinition", "StudyResult"]

if importlib.util.find_spec("optuna") is None:
    raise UsageError("studies need Optuna, which is not installed: pip install 'glyphlab[study]'")

from glyphlab.experiments.search.definition import StudyDefinition
from glyphlab.experiments.search.study import Study
from glyphlab.experiments.search.study_result import StudyResult
