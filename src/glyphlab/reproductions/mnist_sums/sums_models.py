"""Our models of the sums benchmark, and the literature's LeNet beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from glyphlab.recipes import ModelEntry, model_entry
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.scenes.scene_recipe import SceneRecipe

__all__ = ["sums_models"]

LONGEST = 15
SETTINGS = (  # digits of a number; images of a batch, and epochs: of our net, and of the LeNet
    (1, (256, 5), (128, 8)),
    (2, (64, 8), (64, 10)),
    (4, (32, 8), (32, 12)),
    (LONGEST, (16, 12), (8, 20)),
)
LONGER = ((50, (5, 14)), (100, (3, 16)))
"""Longer than the published: digits of a number, and batch and epochs of our net."""
RESIDUAL = (
    "conv 32 3 same",
    "norm",
    "pool 2",
    "block 48",
    "block 48",
    "pool 2",
    "block 96",
    "mean",
)
"""A larger net for each digit: 209,002 parameters."""


def sums_models() -> Iterator[ModelEntry]:
    """Yield the nets for each length, and the nets that know no structure."""
    for digits, ours, theirs in SETTINGS:
        for name, of, settings, views in (
            ("sum", "sum", ours, 5),
            ("lenet", "sum-lenet", theirs, 1),
        ):
            known = model_entry(of)
            model = {**known.model, "test_views": views}
            yield _of_numbers(replace(known, model=MappingProxyType(model)), name, digits, settings)
    known = model_entry("sum")
    reader = replace(known, model=MappingProxyType({**known.model, "test_views": 5}))
    for digits, settings in LONGER:
        yield _of_numbers(reader, "sum", digits, settings)
    residual = replace(
        reader,
        net="layers",
        model=MappingProxyType({"layers": RESIDUAL, "test_views": 5}),
        training=MappingProxyType({**reader.training, "learning_rate": 5e-3}),
    )
    yield _of_numbers(residual, "residual", LONGEST, (16, 20))
    yield _of_1024(reader)
    direct = model_entry("combined")
    yield replace(direct, name="direct-30000")
    few = MappingProxyType({"train_images": 3_000})
    longer = MappingProxyType({**direct.training, "epochs": 20})
    yield replace(direct, name="direct-3000", of_task=few, training=longer)


def _of_numbers(known: ModelEntry, name: str, digits: int, settings: tuple[int, int]) -> ModelEntry:
    """Return a net for numbers of N digits, with its batch size and epochs."""
    batch, epochs = settings
    changes = {"batch_size": batch, "epochs": epochs}
    if digits >= LONGEST:
        changes["restarts"] = 3  # one of three trainings of `sum-15` without ended at 0 %
    if digits >= 100:
        changes["restarts"] = 10  # and one of three of `sum-100` with three
    return replace(
        known,
        name=f"{name}-{digits}",
        about=f"{known.about}; numbers of {digits}",
        training=MappingProxyType({**known.training, **changes}),
        of_task=MappingProxyType({"digits": digits}),
    )


def _of_1024(known: ModelEntry) -> ModelEntry:
    """Return the net for sums of 1,024 digits: 5,000 of them, each glyph in about ninety."""
    scene = Scene.in_grid("sum-1024", 32, 32, rule="sum")
    changes = {"batch_size": 256, "epochs": 6, "label_smoothing": 0.1, "estimate_classes": 5}
    return replace(
        known,
        name="sum-1024",
        about=f"{known.about}; 1,024 numbers of one digit",
        model=MappingProxyType({**known.model, "test_views": 1}),
        training=MappingProxyType({**known.training, **changes}),
        of_task=MappingProxyType(
            {
                "name": scene.name,
                "scene": SceneRecipe.of(scene).model_dump(mode="json"),
                "images": 7_813,
                "without_glyph_reuse": False,
                "validation_glyph_fraction": 0.05,
            }
        ),
    )
