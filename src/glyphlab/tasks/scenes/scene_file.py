"""Scenes as TOML files, as people write them: what is not said is the usual.

::

    name = "five-digits"
    columns = 5
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from glyphlab._common.errors import SceneError
from glyphlab._common.files import write_text
from glyphlab._common.toml import read_toml, toml_text
from glyphlab._common.typed import TypedDocument, explain
from glyphlab.tasks.labels import Rule
from glyphlab.tasks.scenes.scene import PRESETS, Scene
from glyphlab.tasks.scenes.scene_recipe import SceneRecipe, require_own_name

__all__ = ["SUFFIX", "SceneFile", "is_scene_file", "read_scene", "write_scene"]

SUFFIX = ".toml"
MOST_SYMBOLS = 1_000
MOST_PIXELS = 10_000
"""Of a side of the canvas."""


def _both(value: Any) -> Any:
    """Return one number as a pair of it."""
    return (value, value) if type(value) is int else value


_Pixels = Annotated[int, Field(ge=0, le=MOST_PIXELS)]
_Side = Annotated[int, Field(ge=1, le=MOST_PIXELS)]
_Count = Annotated[int, Field(ge=1, le=MOST_SYMBOLS)]
_Pair = Annotated[tuple[_Pixels, _Pixels], BeforeValidator(_both)]
_Size = Annotated[tuple[_Side, _Side], BeforeValidator(_both)]


class SceneFile(TypedDocument):
    """A scene as it is written down.

    Pairs are downwards and to the right, so height before width; one number stands for both.
    Symbols stand in `rows` and `columns`, in reading order, or where `positions` says.
    """

    name: str | None = Field(None, description="Of the task; by default that of the file")
    count: _Count | None = Field(None, description="Symbols on an image")
    rows: _Count | None = None
    columns: _Count | None = Field(
        None, description="By default as many as a number has digits, so that one stands on a row"
    )
    gap: _Pair = Field((0, 0), description="Pixels between what two neighbours can reach")
    margin: _Pair = Field((0, 0), description="Pixels around all symbols")
    positions: tuple[tuple[_Pixels, _Pixels], ...] | None = Field(
        None, description="Upper and left edge of each symbol, in place of rows and columns"
    )
    cell: _Size | None = Field(None, description="Of one symbol; by default as the source has it")
    canvas: _Size | None = Field(None, description="Of the image; by default just large enough")
    free: _Pair = Field((0, 0), description="Largest offset of each symbol, drawn anew every time")
    rule: Rule = Field("digits", description="What the label is")
    digits: _Count = Field(1, description="Of each number in a calculation")
    signs: tuple[int, ...] = Field((), description="Of rule 'signed-sum', 1 or -1 for each number")

    @model_validator(mode="after")
    def _says_where_symbols_stand(self) -> Self:
        laid = [key for key in ("rows", "columns", "gap", "margin") if key in self.model_fields_set]
        if self.positions is not None and laid:
            raise ValueError(
                f"positions says where each symbol stands, and so does {', '.join(laid)}: leave "
                "one of them out"
            )
        if (self.positions, self.rows, self.columns, self.count) == (None,) * 4:
            raise ValueError(
                "nothing says where the symbols stand: give rows and columns, count, or positions, "
                "for example columns = 5"
            )
        found = self._count()
        if found > MOST_SYMBOLS:
            raise ValueError(
                f"{found:,} symbols on an image, expected at most {MOST_SYMBOLS:,}: take fewer"
            )
        if self.count not in (None, found):
            where = "positions" if self.positions is not None else "rows times columns"
            raise ValueError(
                f"count is {self.count}, and {where} are {found}: leave count out, or correct it"
            )
        if self.rule == "digits" and self.digits > 1:
            raise ValueError(
                f"digits = {self.digits} says how numbers are written, and rule 'digits' has "
                'none: leave it out, or set rule = "sum"'
            )
        return self

    def _count(self) -> int:
        return math.prod(self._shape()) if self.positions is None else len(self.positions)

    def _shape(self) -> tuple[int, int]:
        """Return rows and columns of the grid; numbers stand below each other, symbols in a row."""
        rows, columns, count = self.rows, self.columns, self.count or 0
        if rows is None and columns is None:
            columns = count if self.rule == "digits" else self.digits
        if columns is None:
            columns = max(1, count // (rows or 1)) if count else self.digits
        return rows or max(1, count // columns), columns

    def scene(self, name: str, cell: tuple[int, int]) -> Scene:
        """Return the scene, called so where the file does not name it, of cells of that size.

        Raises
        ------
        UnknownName, SceneError
            As every scene does.
        """
        name, cell = self.name or name, self.cell or cell
        require_own_name(name)
        free_y, free_x = self.free
        if self.positions is None:
            return Scene.in_grid(
                name,
                *self._shape(),
                cell=cell,
                gap=self.gap,
                margin=self.margin,
                canvas=self.canvas,
                free_y=free_y,
                free_x=free_x,
                rule=self.rule,
                digits=self.digits,
                signs=self.signs,
            )
        rows = tuple(top for top, _ in self.positions)
        columns = tuple(left for _, left in self.positions)
        enough = (
            max(rows, default=0) + free_y + cell[0],
            max(columns, default=0) + free_x + cell[1],
        )
        return Scene(
            name,
            len(self.positions),
            self.canvas or enough,
            cell,
            columns,
            rows,
            free_y,
            free_x,
            self.rule,
            self.digits,
            self.signs,
        )


def is_scene_file(name: str) -> bool:
    """Return whether a task's name is that of a scene file."""
    return name not in PRESETS and Path(name).suffix == SUFFIX and not Path(name).is_dir()


def read_scene(path: str | Path, cell: tuple[int, int] = (28, 28)) -> Scene:
    """Read a scene from a TOML file.

    Parameters
    ----------
    path : path
    cell : (int, int)
        Height and width of a symbol where the file says nothing of it: the source's.

    Raises
    ------
    SceneError
        Where there is no such file, it is no TOML, or holds what no scene can be.
    """
    file = Path(path)
    otherwise = f"or a task: {', '.join(PRESETS)}"
    content = read_toml(file, "scene", otherwise, SceneError)
    try:
        found = SceneFile.model_validate(content)
    except ValidationError as error:
        said = explain(error, SceneFile, document="scene")
        raise SceneError(f"{file}: {said}") from error
    return found.scene(_name_of(file), cell)


def write_scene(scene: Scene, path: str | Path) -> None:
    """Write a scene as the TOML file that `read_scene` reads the same scene from."""
    require_own_name(scene.name)
    written = SceneRecipe.of(scene).model_dump(mode="json")
    write_text(Path(path), toml_text({"name": scene.name, **written}))


def _name_of(file: Path) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in file.stem)
    return plain.strip("-") or "scene"
