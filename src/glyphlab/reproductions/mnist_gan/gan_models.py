"""Generators that try what the MNIST GAN report proposes, each with one change of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from glyphlab.recipes.generator_presets import GeneratorEntry, generator_entry

__all__ = ["STRAIGHT_AND_CURVED", "gan_models"]

STRAIGHT_AND_CURVED = ((1, 2, 4, 5, 7), (3, 6, 8, 9, 0))
"""The digits of straight lines and those of curves, as the report divides them."""
SLIGHT = 0.1
"""The smoothing that the report takes its 0.9 for: the loss 10 % smaller."""


def gan_models() -> Iterator[GeneratorEntry]:
    """Yield them in the order of the report's questions."""
    about = "the DCGAN with 70 latent numbers, and targets of"
    yield _changed("dcgan-70", "dcgan-slight", f"{about} 0.95 and 0.05", label_smoothing=SLIGHT)
    yield _changed(
        "dcgan-70", "dcgan-one-sided", f"{about} 0.9 and 0", label_smoothing=SLIGHT, one_sided=True
    )
    for mitigation, name, what in (
        ("replay", "dcgan-smooth-replay", "and what it collapsed to is kept and replayed"),
        ("class_cap", "dcgan-smooth-cap", "and at most a tenth of any digit counts"),
    ):
        yield _changed(
            "dcgan-smooth", name, f"smoothed by 0.9, {what}", collapse_mitigation=mitigation
        )
    yield _changed(
        "dcgan-smooth", "dcgan-smooth-two",
        "smoothed by 0.9, and two discriminators, for straight and for curved digits",
        model={"discriminator_classes": STRAIGHT_AND_CURVED},
    )  # fmt: skip
    yield _changed(
        "dcgan-smooth", "dcgan-smooth-kept",
        "smoothed by 0.9, and the weights of every evaluation are kept",
        evaluation={"keep_weights": True},
    )  # fmt: skip


def _changed(
    of: str,
    name: str,
    about: str,
    *,
    model: Mapping[str, Any] | None = None,
    evaluation: Mapping[str, Any] | None = None,
    **training: Any,
) -> GeneratorEntry:
    entry = generator_entry(of)
    return replace(
        entry,
        name=name,
        about=about,
        model=MappingProxyType({**entry.model, **(model or {})}),
        training=MappingProxyType({**entry.training, **training}),
        evaluation=MappingProxyType({**entry.evaluation, **(evaluation or {})}),
    )
