"""Commands that train tables of recipes: each thin, over `glyphlab.experiments`."""

from glyphlab.cli.experiments.augmentation_study import augmentation_study
from glyphlab.cli.experiments.compare import compare
from glyphlab.cli.experiments.embed import embed
from glyphlab.cli.experiments.learning_curve import learning_curve
from glyphlab.cli.experiments.reproduce import reproduce_app
from glyphlab.cli.experiments.search import search
from glyphlab.cli.experiments.vary import vary

__all__ = [
    "augmentation_study",
    "compare",
    "embed",
    "learning_curve",
    "reproduce_app",
    "search",
    "vary",
]
