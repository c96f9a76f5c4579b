"""Named sets of smaller settings for a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from glyphlab.errors import look_up

__all__ = ["PRESETS", "Preset", "preset_of"]


@dataclass(frozen=True)
class Preset:
    """What a preset changes: fields of the task, and overrides of every recipe.

    A scene of one's own has `images` in all, instead of so many of each label.
    """

    name: str
    task: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    overrides: tuple[str, ...] = ()
    images: int = 0


PRESETS = {
    "demo": Preset(
        "demo",
        MappingProxyType({"per_label": 4, "square": 200}),
        ("model.channels=8", "training.batch=64"),
        4_000,
    ),
    "smoke": Preset(
        "smoke",
        MappingProxyType({"per_label": 1, "square": 40}),
        ("model.channels=4", "training.epochs=1"),
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
