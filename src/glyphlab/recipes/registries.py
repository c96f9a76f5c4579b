"""Every registry in one place: what can be extended, without importing any of it."""

from glyphlab.compose.scene import SCENES
from glyphlab.recipes.presets import MODELS
from glyphlab.registry import AUGMENTATIONS, LOSSES, NETS, SOURCES, STRATEGIES

__all__ = ["AUGMENTATIONS", "LOSSES", "MODELS", "NETS", "SCENES", "SOURCES", "STRATEGIES"]
