"""A scene of one's own as part of a recipe: all its values, so that nothing else is needed."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Self

from pydantic import Field

from glyphlab._common.errors import SceneError
from glyphlab._common.typed import TypedDocument
from glyphlab.tasks.labels import Rule
from glyphlab.tasks.scenes.scene import PRESETS, SCENES, Scene

__all__ = ["Pair", "SceneRecipe", "require_own_name"]

Pair = tuple[int, int]
"""Downwards and to the right, or height and width, in pixels."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class SceneRecipe(TypedDocument):
    """All that a `Scene` has but its name, which is that of the task."""

    canvas: Pair = Field(description="Height and width of the image, in pixels.")
    cell: Pair = Field(description="Height and width of one symbol, in pixels.")
    positions: tuple[Pair, ...] = Field(
        description="Upper and left edge of each symbol before its offset, in pixels."
    )
    free: Pair = Field(
        (0, 0), description="Largest random offset of each symbol, downwards and to the right."
    )
    rule: Rule = Field("digits", description="How the label follows from the symbols.")
    digits: int = Field(1, description="Symbols of each number in a calculation.")
    signs: tuple[int, ...] = Field(
        (), description="Sign of each number, 1 or -1, for the rule 'signed-sum'."
    )

    @classmethod
    def of(cls, scene: Scene) -> Self:
        """Return the values of a scene."""
        return cls(
            canvas=scene.canvas,
            cell=scene.cell,
            positions=tuple(zip(scene.rows, scene.columns, strict=True)),
            free=(scene.free_y, scene.free_x),
            rule=scene.rule,
            digits=scene.digits,
            signs=scene.signs,
        )

    def named(self, name: str) -> Scene:
        """Return the scene, called so."""
        return Scene(
            name,
            len(self.positions),
            self.canvas,
            self.cell,
            tuple(left for _, left in self.positions),
            tuple(top for top, _ in self.positions),
            *self.free,
            self.rule,
            self.digits,
            self.signs,
        )


def require_own_name(name: str, taken: Container[str] = SCENES) -> None:
    """Insist on a name that run folders can have, and that no other scene has.

    Parameters
    ----------
    name : str
    taken : container of str
        Names that it cannot be: those of presets and of plug-ins.

    Raises
    ------
    SceneError
        Where it is another.
    """
    if name in taken:
        whose = "preset" if name in PRESETS else "plug-in's scene"
        raise SceneError(
            f"a scene of one's own is called '{name}', which is the name of a {whose}: give it "
            'another, for example name = "mine"'
        )
    if not _NAME.fullmatch(name):
        raise SceneError(
            f"a scene is called '{name}', and runs are named after it: expected letters and "
            'digits, with - or _ between; for example name = "five-digits"'
        )
