"""What an image of several symbols looks like."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import SceneError, UnknownName
from glyphlab._common.registry import Registry
from glyphlab.tasks.labels import RULES, Rule, is_long, labels_of
from glyphlab.tasks.scenes.grid import Grid, grid_among

__all__ = ["PRESETS", "SCENES", "SHORT_SPARE", "Scene", "preset"]

SHORT_SPARE = 12
"""Pixels that symbols may move vertically on a shortened canvas."""


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
    rule : {"difference", "digits", "product", "signed-sum", "sum"}
        What the label is.
    digits : int
        How many symbols write a number, for the rules that calculate with numbers.
    signs : tuple of int
        Of rule ``signed-sum``: 1 or -1 for each number.

    Raises
    ------
    UnknownName
        For a rule that is none.
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
    signs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("canvas", "cell", "columns", "rows", "signs"):
            object.__setattr__(self, name, tuple(getattr(self, name)))  # lists will do
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
        self._check_signs()
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

    def _check_signs(self) -> None:
        if self.rule != "signed-sum":
            if self.signs:
                raise SceneError(
                    f"scene '{self.name}': signs are of rule 'signed-sum', and its rule is "
                    f"'{self.rule}'; leave signs out, or set rule = \"signed-sum\""
                )
            return
        terms = self.count // self.digits
        if len(self.signs) != terms or not set(self.signs) <= {1, -1}:
            example = ", ".join(str((-1) ** number) for number in range(terms))
            raise SceneError(
                f"scene '{self.name}': signs {list(self.signs)} for {terms} numbers, expected 1 or "
                f"-1 for each; for example signs = [{example}]"
            )

    @classmethod
    def in_grid(
        cls,
        name: str,
        rows: int,
        columns: int,
        *,
        cell: tuple[int, int] = (28, 28),
        gap: tuple[int, int] = (0, 0),
        margin: tuple[int, int] = (0, 0),
        canvas: tuple[int, int] | None = None,
        free_y: int = 0,
        free_x: int = 0,
        rule: Rule = "digits",
        digits: int = 1,
        signs: tuple[int, ...] = (),
    ) -> Self:
        """Return a scene whose symbols stand in rows and columns, in reading order.

        Parameters
        ----------
        name : str
        rows, columns : int
        cell : (int, int)
            Height and width of one symbol, in pixels.
        gap : (int, int)
            Pixels between what two neighbours can reach, below each other and side by side.
        margin : (int, int)
            Pixels above and below all symbols, and at their left and right.
        canvas : (int, int), optional
            Height and width of the image; just large enough where it is left out.
        free_y, free_x, rule, digits, signs
            As of every scene.

        Raises
        ------
        UnknownName, SceneError
            As of every scene.
        """
        free = (free_y, free_x)
        step = [cell[axis] + free[axis] + gap[axis] for axis in (0, 1)]
        enough = [
            2 * margin[axis] + count * step[axis] - gap[axis]
            for axis, count in enumerate((rows, columns))
        ]
        return cls(
            name,
            rows * columns,
            (enough[0], enough[1]) if canvas is None else canvas,
            cell,
            tuple(margin[1] + column * step[1] for _ in range(rows) for column in range(columns)),
            tuple(margin[0] + row * step[0] for row in range(rows) for _ in range(columns)),
            free_y,
            free_x,
            rule,
            digits,
            signs,
        )

    def grid(self, *, cut: bool = False) -> Grid | None:
        """Return the rows and columns that the symbols stand in; None where they stand in none.

        Parameters
        ----------
        cut : bool
            Whether images are to be cut into cells, which then have whole pixels.
        """
        reach = (self.cell[0] + self.free_y, self.cell[1] + self.free_x)
        return grid_among(self.rows, self.columns, reach, self.canvas, cut=cut)

    @property
    def words(self) -> str:
        """What is on an image and what its label is, in words."""
        text = f"{self.count} symbol{'s' * (self.count > 1)} on {self.canvas[1]}×{self.canvas[0]}"
        if self.rule == "digits":
            return f"{text} pixels"
        signs = "".join("+-"[sign < 0] for sign in self.signs)
        numbers = f"{self.count // self.digits} numbers"
        numbers += f" of {self.digits} digits" if self.digits > 1 else ""
        return f"{text} pixels, label the {' '.join(filter(None, (self.rule, signs)))} of {numbers}"

    @property
    def ranges(self) -> tuple[int, int]:
        """Rows and columns of equal size that hold a symbol each; 1 and 1 where there are none."""
        grid = self.grid()
        return grid.shape if grid and grid.down is grid.right is None else (1, 1)

    @property
    def is_long(self) -> bool:
        """Whether labels may be too large for int64, and are Python integers then."""
        return is_long(self.rule, self.count, self.digits, self.signs)

    @property
    def bytes_an_image(self) -> int:
        """What one image of a split holds in memory: pixels, symbols, glyphs and label."""
        return math.prod(self.canvas) + 8 * 3 * self.count

    def labels_of(self, symbols: NDArray[np.int64]) -> NDArray[Any]:
        """Return the labels of images by their symbols, as `glyphlab.tasks.labels` has them."""
        return labels_of(self.rule, symbols, self.digits, self.signs)

    def shortened(self, spare: int) -> Scene:
        """Return this scene on a canvas only `spare` pixels taller than its symbols reach unmoved.

        Nothing changes where the canvas is no taller than that.
        """
        reach = max(self.rows) + self.cell[0] + spare
        if reach >= self.canvas[0]:
            return self
        return replace(self, canvas=(reach, self.canvas[1]), free_y=min(self.free_y, spare))

    def can_shorten(self, spare: int) -> bool:
        """Return whether `shortened` makes a smaller image of the same columns of symbols."""
        return len(set(self.rows)) == 1 and self.shortened(spare) != self

    @property
    def may_overlap(self) -> bool:
        """Whether the boxes that two symbols can reach have a pixel in common."""
        height, width = self.cell[0] + self.free_y, self.cell[1] + self.free_x
        left, upper = np.array(self.columns), np.array(self.rows)
        near = np.abs(left[:, None] - left) < width
        near &= np.abs(upper[:, None] - upper) < height
        return bool(np.triu(near, 1).any())


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

SCENES: Registry[Scene] = Registry(
    "task", "glyphlab.scenes", objects=PRESETS, needs=("canvas",),
    beside="a scene file (.toml), a folder <split>/<label>/*.png, or a table of glyph ids (.csv)",
)  # fmt: skip
"""Every scene that has a name, with those of installed plug-ins."""


def preset(name: str) -> Scene:
    """Return a named scene.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    return SCENES.load(name)
