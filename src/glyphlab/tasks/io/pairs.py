"""Tasks as a file of glyph ids: which images of a source stand together, for others to use.

A line an image: the task whose rule gives the label, the split, and the glyphs in reading order::

    task,split,glyph 1,glyph 2
    addition,train,8125,51006
    addition,test,60017,69980

Ids count a source's training images in file order, then its test images.
"""

from __future__ import annotations

import csv
import reprlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, NoSuchPath, UnknownName, UsageError, printable
from glyphlab._common.files import atomic_path
from glyphlab._common.untrusted import read_table
from glyphlab.data import Symbols, load_symbols
from glyphlab.tasks.arithmetic import of_numbers, require_ten
from glyphlab.tasks.drawing import draw, require_cell
from glyphlab.tasks.scenes.scene import PRESETS, Scene, preset
from glyphlab.tasks.split import Split
from glyphlab.tasks.splits import SPLITS
from glyphlab.tasks.task import Task
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["load_pairs_task", "write_pairs"]

DERIVED = tuple(name for name, scene in PRESETS.items() if scene.rule != "digits")
_SHOWN = 6
"""Columns that a message names."""
LONGEST_ID = 18
"""Digits of the number of a glyph."""


def load_pairs_task(
    path: str | Path,
    *,
    data: str = "digits",
    data_dir: str | Path | None = None,
    offline: bool | None = None,
    quiet: bool = False,
) -> Task:
    """Compose the images that a file of glyph ids names.

    Parameters
    ----------
    path : path
        As `write_pairs` writes it. Without lines of ``val`` there is no validation.
    data, data_dir, offline, quiet
        As `glyphlab.data.load_symbols` takes them.

    Returns
    -------
    Task
        Glyphs are disjoint where no two splits name the same. There are no pools: the file says
        which images there are, and no others are drawn.

    Raises
    ------
    NoSuchPath
        Where there is no such file.
    DataError
        For a line that is not as above, or a glyph that the source has not, with the line's number.
    UnknownName
        For a task or split that is none.
    UsageError
        For numbers of more than a thousand digits, or of several in a source that has no ten
        classes; and for images of another size than the symbols of these tasks (`SceneError`).
    """
    file = Path(path)
    if not file.is_file():
        raise NoSuchPath(f"no file of pairs at {file}: check the path")
    header, *lines = read_table(file) or [[]]
    count = len(header) - 2
    if header[:2] != ["task", "split"] or count < 2 or count % 2:
        columns = printable(",".join(header[:_SHOWN]))[:80]
        more = f" and {len(header) - _SHOWN:,} more" if len(header) > _SHOWN else ""
        raise DataError(
            f"{file}: found columns '{columns}'{more}, expected task,split,glyph 1,glyph 2 and so "
            "on, as many for each of the two numbers (a table of pixels is a source: name the task "
            f"'single' with --data {file})"
        )
    source = load_symbols(data, data_dir=data_dir, offline=offline, quiet=quiet)
    pool = source.train.joined(source.test)
    scene, places = _parsed(file, lines, count, pool, data)
    require_ten(scene, source)
    require_cell(scene, pool.images, data)
    taken = {split: np.array(places[split], np.int64).reshape(-1, count) for split in SPLITS}
    for split in ("train", "test"):
        if not len(taken[split]):
            raise DataError(f"{file}: no line of split '{split}', expected at least one: add some")
    used = {split: np.unique(index) for split, index in taken.items()}
    shared = any(
        len(np.intersect1d(used[a], used[b]))
        for a, b in (("train", "val"), ("train", "test"), ("val", "test"))
    )
    splits = {split: _drawn(scene, pool, index) for split, index in taken.items()}
    recipe = TaskRecipe(name=str(file), data=data)
    return Task(
        str(file), data, scene, splits["train"], splits["val"], splits["test"],
        {}, pool.classes, "shared", "shared" if shared else "disjoint",
    ).described(recipe.changed(digest=recipe.found_digest()))  # fmt: skip


def write_pairs(task: Task, path: str | Path) -> None:
    """Write which glyphs stand on the images of a task whose labels are derived.

    Raises
    ------
    UsageError
        For a task of another kind, or of finished images, whose glyphs are not known.
    """
    name = task.scene.name
    if name not in DERIVED or (task.train.glyph_ids < 0).any():
        raise UsageError(
            f"'{task.name}' is no task of numbers by name: files of pairs are "
            f"for {', '.join(DERIVED)}; choose --format folder or npz"
        )
    glyphs = [f"glyph {number + 1}" for number in range(task.scene.count)]
    with atomic_path(Path(path)) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["task", "split", *glyphs])
        for split, of_split in task.splits.items():
            writer.writerows([name, split, *row] for row in of_split.glyph_ids.tolist())


def _parsed(
    file: Path, lines: Sequence[Sequence[str]], count: int, pool: Symbols, data: str
) -> tuple[Scene, dict[str, list[list[int]]]]:
    """Return the scene, and the place in the pool of every glyph by split."""
    place_of = {int(number): place for place, number in enumerate(pool.ids)}
    places: dict[str, list[list[int]]] = {split: [] for split in SPLITS}
    names = set()
    for number, line in enumerate(lines, 2):
        if len(line) != count + 2:
            raise DataError(
                f"{file}, line {number}: {len(line)} values, expected {count + 2}: the task, the "
                f"split and {count} glyphs"
            )
        (name, split), glyphs = line[:2], [cell.strip() for cell in line[2:]]
        if name not in DERIVED:
            raise UnknownName(f"task in line {number} of {file}", name, DERIVED)
        if split not in SPLITS:
            raise UnknownName(f"split in line {number} of {file}", split, SPLITS)
        names.add(name)
        for glyph in glyphs:
            if not _is_number(glyph) or int(glyph) not in place_of:
                ids = f"{pool.ids.min()} to {pool.ids.max()}"
                raise DataError(
                    f"{file}, line {number}: glyph {reprlib.repr(glyph)} is not among the ids of "
                    f"'{data}', which go from {ids}: correct it, or name the source the file was "
                    "made of"
                )
        places[split].append([place_of[int(glyph)] for glyph in glyphs])
    if len(names) != 1:
        raise DataError(
            f"{file}: found lines of {', '.join(sorted(names)) or 'no task'}, expected one task: "
            "make a file of each"
        )
    scene = preset(names.pop())
    return (scene if count == scene.count else of_numbers(scene, count // scene.count)), places


def _is_number(glyph: str) -> bool:
    return glyph.isdecimal() and len(glyph) <= LONGEST_ID


def _drawn(scene: Scene, pool: Symbols, index: NDArray[np.int64]) -> Split:
    symbols = pool.labels[index]
    nowhere = np.zeros((*index.shape, 2), np.int64)
    images = draw(scene, pool.images, index, nowhere)
    return Split(images, scene.labels_of(symbols), symbols, pool.ids[index])
