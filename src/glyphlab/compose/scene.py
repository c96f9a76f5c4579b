"""What an image of several symbols looks like."""

from __future__ import annotations

from dataclasses import dataclass, replace

from glyphlab.compose.labels import RULES, Rule
from glyphlab.errors import SceneError, UnknownName
from glyphlab.registry import Registry

__all__ = ["PRESETS", "SCENES", "Scene", "preset"]


@dataclass(frozen=True)
class Scene:
    """How symbols become one image and one label.

    Position ``i`` puts its symbol's left edge at ``columns[i] + 0 … free_x`` and its upper edge at
    ``rows[i] + 0 … free_y``, both ends included, each drawn uniformly and on its own.

    Parameters
    ----------
    name : str
        What it is called.
    count : int
        Number of symbols, at least 1.
    canvas : (int, int)
        Height and width of the image, in pixels.
    cell : (int, int)
        Height and width of one symbol, in pixels.
    columns, rows : tuple of int
        Left and upper edge of each position before its offset, in pixels.
    free_y, free_x : int
        Largest offset downwards and to the right, in pixels.
    rule : {"difference", "digits", "product", "sum"}
        What the label is.
    digits : int
        How many symbols write a number, for the rules that reckon with numbers.

    Raises
    ------
    SceneError
        Where the scene does not fit its canvas or its numbers do not fit each other.
    """

    name: str
    count: int
    canvas: tuple[int, int]
    cell: tuple[int, int]
    columns: tuple[int, ...]
    rows: tuple[int, ...]
    free_y: int = 0
    free_x: int = 0
    rule: Rule = "digits"
    digits: int = 1

    def __post_init__(self) -> None:
        if self.count < 1 or len(self.columns) != self.count or len(self.rows) != self.count:
            raise SceneError(
                f"scene '{self.name}': {self.count} symbols with {len(self.columns)} columns and "
                f"{len(self.rows)} rows, expected one of each a symbol; give every position both"
            )
        if self.rule not in RULES:
            raise UnknownName("label rule", self.rule, RULES)
        if self.digits < 1 or self.count % self.digits:
            raise SceneError(
                f"scene '{self.name}': {self.count} symbols cannot be read as numbers of "
                f"{self.digits} digits; give a multiple"
            )
        numbers = (*self.columns, *self.rows, self.free_y, self.free_x)
        if min(numbers) < 0 or min(self.cell) < 1:
            raise SceneError(
                f"scene '{self.name}': a negative position or offset, or an empty cell; "
                "expected positions from 0 and cells of at least one pixel"
            )
        axes = (
            ("height", self.canvas[0], max(self.rows) + self.free_y + self.cell[0]),
            ("width", self.canvas[1], max(self.columns) + self.free_x + self.cell[1]),
        )
        for axis, has, needs in axes:
            if needs > has:
                raise SceneError(
                    f"scene '{self.name}' does not fit its canvas: {axis} {has} pixels, its "
                    f"symbols reach to {needs}; enlarge the canvas or lessen positions or offsets"
                )

    def shortened(self, spare: int) -> Scene:
        """Return this scene on a canvas only `spare` pixels taller than its symbols reach unmoved.

        Nothing changes where the canvas is no taller than that.
        """
        reach = max(self.rows) + self.cell[0] + spare
        if reach >= self.canvas[0]:
            return self
        return replace(self, canvas=(reach, self.canvas[1]), free_y=min(self.free_y, spare))

    @property
    def may_overlap(self) -> bool:
        """Whether the boxes that two symbols can reach have a pixel in common."""
        height, width = self.cell[0] + self.free_y, self.cell[1] + self.free_x
        return any(
            abs(self.columns[i] - self.columns[j]) < width
            and abs(self.rows[i] - self.rows[j]) < height
            for i in range(self.count)
            for j in range(i)
        )


PRESETS: dict[str, Scene] = {
    scene.name: scene
    for scene in (
        Scene("single", 1, (28, 28), (28, 28), (0,), (0,)),
        # The published Triple-MNIST draws its vertical offsets below 56, so row 83 is never inked.
        Scene("triple", 3, (84, 84), (28, 28), (0, 28, 56), (0, 0, 0), free_y=55),
        Scene("addition", 2, (56, 28), (28, 28), (0, 0), (0, 28), rule="sum"),
        Scene("product", 2, (56, 28), (28, 28), (0, 0), (0, 28), rule="product"),
        Scene("difference", 2, (56, 28), (28, 28), (0, 0), (0, 28), rule="difference"),
    )
}
"""The scenes of ours that have a name."""

SCENES: Registry[Scene] = Registry("task", "glyphlab.scenes", objects=PRESETS, needs=("canvas",))
"""Every scene that has a name, with those of installed plug-ins."""


def preset(name: str) -> Scene:
    """Return a named scene.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    return SCENES.load(name)
