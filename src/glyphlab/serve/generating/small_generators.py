"""Two generators of embedded digits, trained within a minute: one is healthy, one is not."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from glyphlab.recipes import GeneratorRecipe
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe

__all__ = ["SMALL_GENERATORS", "small_generator"]

_BOTH = (
    "training.precision=float32", "training.device=cpu", "evaluation.samples=1000",
    "evaluation.epoch_samples=500",
)  # fmt: skip
SMALL_GENERATORS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "steady": (
            "our usual pair of nets, with the penalties that keep it steady",
            (*_BOTH, "training.images=8000", "training.epoch_images=800"),
        ),
        "collapsing": (
            "the same without labels and penalties, with a discriminator that learns ten times "
            "slower than its generator: it draws the same few shapes again and again",
            (
                *_BOTH, "model.conditional=false", "model.width=16", "training.images=6000",
                "training.epoch_images=750", "training.loss=non-saturating",
                "training.penalty=none", "training.auxiliary=0", "training.cooldown=0",
                "training.ema=0.9", "training.beta1=0.5", "training.learning_rate=0.003",
                "training.discriminator_learning_rate=0.0003",
            ),
        ),
    }
)  # fmt: skip
"""What each is, and what it changes of the generator ``small``."""


def small_generator(name: str, seed: int) -> GeneratorRecipe:
    """Return the recipe of a small generator by its name in `SMALL_GENERATORS`."""
    made = generator_recipe(
        "small", task_recipe("digits"), seed=seed, overrides=SMALL_GENERATORS[name][1]
    )
    return GeneratorRecipe.from_mapping({**made.content(), "name": name}, name)
