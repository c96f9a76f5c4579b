"""Glyphlab: learning from images made of symbols, with honest comparisons.

::

    from glyphlab import AlignedClassifier, compare, load_task

    task = load_task("triple", data="mnist")      # audited, disjoint, every image knows its glyphs
    print(task.audit())                           # what leaks, and what each family can reach
    reader = AlignedClassifier(random_state=0).fit(task.train.images, task.train.labels)
    reader.score(task.test.images, task.test.labels)
    compare(task, ["whole", "sliced", "aligned"], seeds=3).report("triple.html")
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glyphlab._common.errors import GlyphlabError
    from glyphlab.data import Symbols, load_symbols
    from glyphlab.estimators.base import GlyphClassifier
    from glyphlab.estimators.named import (
        AlignedClassifier,
        MultiHeadClassifier,
        SlicedClassifier,
        WholeClassifier,
    )
    from glyphlab.experiments import (
        Comparison,
        augmentation_study,
        compare,
        evaluate,
        learning_curve,
        vary,
    )
    from glyphlab.experiments.search import Study
    from glyphlab.recipes import Recipe
    from glyphlab.reproductions import reproduce
    from glyphlab.tasks import GlyphAffine, Scene, Task, load_folder_task, load_task
    from glyphlab.training import predict

__all__ = [
    "AlignedClassifier",
    "Comparison",
    "GlyphAffine",
    "GlyphClassifier",
    "GlyphlabError",
    "MultiHeadClassifier",
    "Recipe",
    "Scene",
    "SlicedClassifier",
    "Study",
    "Symbols",
    "Task",
    "WholeClassifier",
    "augmentation_study",
    "compare",
    "evaluate",
    "learning_curve",
    "load_folder_task",
    "load_symbols",
    "load_task",
    "predict",
    "reproduce",
    "vary",
]
__version__ = "0.1.0"

# What is said goes where the host sends it, and nowhere of itself.
logging.getLogger("glyphlab").addHandler(logging.NullHandler())

_HOME = {
    "_common.errors": ("GlyphlabError",),
    "data": ("Symbols", "load_symbols"),
    "estimators": (
        "AlignedClassifier",
        "GlyphClassifier",
        "MultiHeadClassifier",
        "SlicedClassifier",
        "WholeClassifier",
    ),
    "experiments": (
        "Comparison",
        "augmentation_study",
        "compare",
        "evaluate",
        "learning_curve",
        "vary",
    ),
    "experiments.search": ("Study",),
    "recipes": ("Recipe",),
    "reproductions": ("reproduce",),
    "tasks": ("GlyphAffine", "Scene", "Task", "load_folder_task", "load_task"),
    "training": ("predict",),
}
_MODULE_OF = {name: f"glyphlab.{module}" for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: ``import glyphlab`` itself stays light."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'glyphlab' has no attribute '{name}'")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
