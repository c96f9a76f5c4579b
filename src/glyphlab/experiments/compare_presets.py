"""Named sets of smaller settings for a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from glyphlab._common.errors import look_up

__all__ = ["PRESETS", "Preset", "preset_of"]


@dataclass(frozen=True)
class Preset:
    """What a preset changes: fields of the task, and overrides of every recipe of a kind.

    A scene of one's own has `images` in all, instead of a number of each label.
    """

    name: str
    task: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    overrides: tuple[str, ...] = ()
    generator: tuple[str, ...] = ()
    images: int = 0

    def overrides_of(self, kind: str) -> tuple[str, ...]:
        """Return what it changes of recipes of a kind."""
        return self.generator if kind == "generator" else self.overrides


PRESETS = {
    "demo": Preset(
        "demo",
        MappingProxyType({"per_label": 4, "generalization_grid": 200}),
        ("model.channels=8", "training.batch_size=64"),
        ("training.images=10000", "evaluation.samples=1000"),
        4_000,
    ),
    "smoke": Preset(
        "smoke",
        MappingProxyType({"per_label": 1, "generalization_grid": 40}),
        ("model.channels=4", "training.epochs=1"),
        (
            "training.images=640",
            "training.epoch_images=320",
            "model.width=8",
            "evaluation.samples=200",
            "evaluation.epoch_samples=100",
        ),
        1_000,
    ),
}


def preset_of(name: str) -> Preset:
    """Return the preset of that name.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    return look_up("preset", name, PRESETS)
