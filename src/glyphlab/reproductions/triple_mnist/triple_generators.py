"""The Triple-MNIST report's GAN of a strip, without each tweak that should keep it stable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from glyphlab.recipes.generator_presets import GeneratorEntry, generator_entry

__all__ = ["triple_generators"]


def triple_generators() -> Iterator[GeneratorEntry]:
    """Yield `strip-taught` without one tweak each, and without all three."""
    yield _without("smoothing", "targets of 1 and 0", label_smoothing=0.0)
    yield _without("dropout", "no dropout in the discriminator", dropout=0.0)
    yield _without("two-steps", "one step of the discriminator", discriminator_steps=1)
    yield _without(
        "tweaks", "none of smoothing, dropout and a second step of the discriminator",
        label_smoothing=0.0, dropout=0.0, discriminator_steps=1,
    )  # fmt: skip


def _without(
    name: str, about: str, dropout: float | None = None, **training: Any
) -> GeneratorEntry:
    entry = generator_entry("strip-taught")
    changed: dict[str, Any] = {**entry.training, **training}
    # as many steps of the generator, whatever the discriminator is shown before each
    before, now = (one["discriminator_steps"] for one in (entry.training, changed))
    for key in ("images", "epoch_images"):
        changed[key] = changed[key] // before * now
    model = dict(entry.model) if dropout is None else {**entry.model, "dropout": dropout}
    return replace(
        entry,
        name=f"strip-without-{name}",
        about=f"the strip's GAN, taught, with {about}",
        model=MappingProxyType(model),
        training=MappingProxyType(changed),
    )
