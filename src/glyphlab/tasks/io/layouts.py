"""Tasks on disk: the published folder layout, read and written, and ``.npz``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, NoSuchPath, UsageError
from glyphlab._common.files import atomic_folder, atomic_path, storable
from glyphlab._common.png import encode_png
from glyphlab._common.progress import note_once
from glyphlab.data.digest import folder_digest
from glyphlab.data.formats.folders import (
    label_folders,
    labelled_files,
    left_out,
    note_hidden,
    unread,
)
from glyphlab.data.formats.image_files import read_images
from glyphlab.tasks.labels import label_keys, where_among
from glyphlab.tasks.scenes.scene import PRESETS, Scene
from glyphlab.tasks.split import Split
from glyphlab.tasks.splits import SPLITS
from glyphlab.tasks.task import Task
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["load_folder_task", "write_folder", "write_npz"]

_LONGEST_NAME = 240
"""Letters of a label's folder: file systems take 255 bytes, and a file has its number as well."""


def load_folder_task(path: str | Path) -> Task:
    """Read a task from ``<split>/<label>/*.png`` with splits ``train``, ``val`` and ``test``.

    The name of a label's folder is its digits, one a position; positions are columns of equal
    width, and each glyph may stand at any height. Within a label, images are in the order of the
    number their names begin with, if they do. What was done to the images and what was left out is
    noted.

    Parameters
    ----------
    path : path
        The folder holding the splits.

    Returns
    -------
    Task
        Glyph ids are -1 and there are no pools. Labels are taken as meant to be shared where every
        test label occurs in training, and as meant to be disjoint otherwise.

    Raises
    ------
    NoSuchPath
        Where a folder is not there.
    DataError
        Where a label is not made of digits, a label folder is empty, or sizes differ.
    """
    root = Path(path)
    if not root.is_dir():
        raise NoSuchPath(
            f"{root}: no such folder, expected one with train, val and test; check the path"
        )
    files: dict[str, list[Path]] = {}
    symbols: dict[str, NDArray[np.int64]] = {}
    others: list[Path] = []
    for split in SPLITS:
        files[split], symbols[split], rest = _list_split(root / split)
        others += rest
    widths = {array.shape[1] for array in symbols.values()}
    if len(widths) > 1:
        raise DataError(
            f"{root}: labels of {', '.join(map(str, sorted(widths)))} digits in its splits, "
            "expected one length; rename the label folders"
        )
    read = read_images([file for split in SPLITS for file in files[split]])
    others = unread(root, [root / split for split in SPLITS]) + others
    for remark in (*read.remarks, *left_out(others)):
        note_once(f"{root}: {remark}")
    note_hidden(root)
    scene = _scene_of(root, read.pixels, widths.pop())
    cuts = np.cumsum([len(files[split]) for split in SPLITS])[:-1]
    splits = {
        split: Split(part, symbols[split], symbols[split], np.full_like(symbols[split], -1))
        for split, part in zip(SPLITS, np.split(read.pixels, cuts), strict=True)
    }
    known = where_among(label_keys(symbols["test"], 10), label_keys(symbols["train"], 10)).all()
    recipe = TaskRecipe(name=str(root), digest=folder_digest(root))
    return Task(
        str(root),
        str(root),
        scene,
        splits["train"],
        splits["val"],
        splits["test"],
        {},
        10,
        "shared" if known else "disjoint",
        "shared",
    ).described(recipe)


def _list_split(split: Path) -> tuple[list[Path], NDArray[np.int64], list[Path]]:
    """Return the images of a split with their symbols, and what else is in its label folders."""
    files: list[Path] = []
    others: list[Path] = []
    symbols: list[list[int]] = []
    for folder in label_folders(split):
        if not (folder.name.isascii() and folder.name.isdigit()):
            raise DataError(
                f"{folder}: label '{folder.name}' is not made of the digits 0 to 9, expected one "
                "digit a position as in '042'; rename the folder"
            )
        if symbols and len(folder.name) != len(symbols[-1]):
            raise DataError(
                f"{folder}: a label of {len(folder.name)} digits beside labels of "
                f"{len(symbols[-1])}, expected one length; rename the folder"
            )
        images, rest = labelled_files(folder)
        files += sorted(images, key=_file_order)
        symbols += [[int(digit) for digit in folder.name]] * len(images)
        others += rest
    return files, np.array(symbols, np.int64), others


def _file_order(path: Path) -> tuple[int, str]:
    number = path.stem.split("_")[0]
    return (int(number) if number.isascii() and number.isdigit() else -1, path.name)


def _scene_of(root: Path, images: NDArray[np.uint8], count: int) -> Scene:
    height, width = images.shape[1:]
    triple = PRESETS["triple"]
    if (count, (height, width)) == (triple.count, triple.canvas):
        return triple
    if width < count:
        raise DataError(
            f"{root}: images {width} pixels wide for labels of {count} digits, expected at least "
            "a pixel a digit; check the label folders"
        )
    cell = (min(height, width // count), width // count)
    columns = tuple(width * position // count for position in range(count))
    return Scene(
        "folder", count, (height, width), cell, columns, (0,) * count, free_y=height - cell[0]
    )


def write_npz(what: Task | Split, path: str | Path) -> None:
    """Write ``images``, ``labels`` and ``glyph_ids``, ordered by label and then as they were drawn.

    Labels that are Python integers are written in decimal notation.

    Parameters
    ----------
    what : Task or Split
        A split becomes one file; a task a folder with ``train.npz``, ``val.npz``, ``test.npz``.
    path : path
        The file, or a folder that is new or empty. It gets its name when it is whole.

    Raises
    ------
    UsageError
        Where a folder holds something.
    """
    if isinstance(what, Task):
        with atomic_folder(Path(path)) as temporary:
            for name, split in what.splits.items():
                write_npz(split, temporary / f"{name}.npz")
        return
    order = _by_label(what)
    with atomic_path(Path(path)) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            images=what.images[order],
            labels=storable(what.labels[order]),
            glyph_ids=what.glyph_ids[order],
        )


def write_folder(task: Task, path: str | Path) -> None:
    """Write the published folder layout, ``<split>/<label>/<k>_<label>.png``.

    Parameters
    ----------
    task : Task
    path : path
        A folder that is new or empty; it gets its name when it is whole.

    Raises
    ------
    UsageError
        Where `path` holds something, or a label has no such name: of more than ten classes, or too
        long for a folder.
    """
    if task.classes > 10 and task.scene.rule == "digits":
        raise UsageError(
            f"'{task.data}' has {task.classes} classes, the folder layout names labels by digits "
            "0 to 9; write .npz instead"
        )
    names = (_folder_name(label) for part in task.splits.values() for label in part.labels.tolist())
    longest = max(map(len, names), default=0)
    if longest > _LONGEST_NAME:
        raise UsageError(
            f"'{task.name}' has labels of {longest} digits, the folder layout names folders by "
            f"labels of at most {_LONGEST_NAME}; write .npz instead"
        )
    with atomic_folder(Path(path)) as temporary:
        for name, split in task.splits.items():
            order = _by_label(split)
            folders = [_folder_name(label) for label in split.labels[order].tolist()]
            for folder in dict.fromkeys(folders):
                (temporary / name / folder).mkdir(parents=True)
            number = 0
            for row, content in enumerate(encode_png(split.images[order])):
                folder = folders[row]
                number = number + 1 if row and folders[row - 1] == folder else 0
                (temporary / name / folder / f"{number}_{folder}.png").write_bytes(content)


def _by_label(split: Split) -> NDArray[np.int64]:
    keys = label_keys(split.labels, int(split.symbols.max(initial=0)) + 1)
    return np.argsort(keys, kind="stable")


def _folder_name(label: int | list[int]) -> str:
    return str(label) if isinstance(label, int) else "".join(map(str, label))
