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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glyphlab.compose import GlyphAffine, Scene, Task, load_folder_task, load_task
    from glyphlab.data import Symbols, load_symbols
    from glyphlab.errors import GlyphlabError
    from glyphlab.experiments import (
        Comparison,
        augmentation_study,
        compare,
        learning_curve,
        vary,
    )
    from glyphlab.recipes import Recipe
    from glyphlab.reproductions import reproduce
    from glyphlab.study import Study
    from glyphlab.train import (
        AlignedClassifier,
        GlyphClassifier,
        MultiHeadClassifier,
        SlicedClassifier,
        WholeClassifier,
        predict,
    )

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
    "learning_curve",
    "load_folder_task",
    "load_symbols",
    "load_task",
    "predict",
    "reproduce",
    "vary",
]
__version__ = "0.1.0"

_HOME = {
    "compose": ("GlyphAffine", "Scene", "Task", "load_folder_task", "load_task"),
    "data": ("Symbols", "load_symbols"),
    "errors": ("GlyphlabError",),
    "experiments": ("Comparison", "augmentation_study", "compare", "learning_curve", "vary"),
    "reproductions": ("reproduce",),
    "study": ("Study",),
    "train": (
        "AlignedClassifier",
        "GlyphClassifier",
        "MultiHeadClassifier",
        "SlicedClassifier",
        "WholeClassifier",
        "predict",
    ),
    "recipes": ("Recipe",),
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
