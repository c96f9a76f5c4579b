"""Tasks in shards: written and read a part at a time, so that memory need not hold all images.

A folder of shards has ``shards.json`` (the scene, and what is in it), and for each split
``<split>/images-00000.npy`` and so on (uint8, any program reads them) and ``<split>/rows.npz``
(labels, symbols and glyph ids, one row an image).
"""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import DataError, SceneError, UsageError
from glyphlab._common.files import atomic_folder, require_new_folder, write_json
from glyphlab._common.progress import progress
from glyphlab._common.typed import TypedDocument
from glyphlab._common.untrusted import Unreadable, parse_npz, read_json, read_plain_file
from glyphlab.data.digest import folder_digest
from glyphlab.tasks.labels import is_long
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.scenes.scene_recipe import SceneRecipe
from glyphlab.tasks.split import Split
from glyphlab.tasks.splits import SPLITS
from glyphlab.tasks.streams.streamed_images import CHUNK, StreamedImages
from glyphlab.tasks.task import Task
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["INDEX", "ShardImages", "is_shards", "load_shards_task", "shard_images", "write_shards"]

INDEX = "shards.json"
ROWS = "rows.npz"
MOST_SHARDS = 10_000
ROWS_BYTES = 32 << 30
"""Bytes of labels, symbols and glyph ids that are read at most: a hundred million images."""
ROWS_CHECKED = 1 << 16
"""Rows whose labels are worked out at a time."""


class _SplitIndex(TypedDocument):
    images: int = Field(ge=0)
    shards: tuple[int, ...] = Field(description="Images of each shard")


class _Index(TypedDocument):
    schema_: int = Field(alias="schema")
    task: str
    scene: SceneRecipe
    classes: int = Field(ge=1)
    labels: Literal["shared", "disjoint"]
    glyphs: Literal["shared", "disjoint"]
    seed: int = Field(ge=0)
    splits: dict[Literal["train", "val", "test"], _SplitIndex]


def is_shards(folder: str | Path) -> bool:
    """Return whether a folder holds a task in shards."""
    return (Path(folder) / INDEX).is_file()


def write_shards(task: Task, path: str | Path, shards: int, *, quiet: bool = True) -> None:
    """Write a task as shards; of a streamed task only a part is in memory at any time.

    Parameters
    ----------
    task : Task
    path : path
        A folder that is new or empty; it gets its name when it is whole.
    shards : int
        Files that the images of each split are divided over.
    quiet : bool
        Show no progress.

    Raises
    ------
    UsageError
        Where `path` holds something, a split has fewer images than shards, labels are longer
        than int64, or are not those that the symbols make.
    """
    require_new_folder(Path(path))
    scene = task.scene
    for name, split in task.splits.items():
        if len(split) and not 1 <= shards <= min(len(split), MOST_SHARDS):
            raise UsageError(
                f"{shards} shards for the {len(split):,} images of split '{name}': expected from 1 "
                f"to {min(len(split), MOST_SHARDS):,}"
            )
    if is_long(scene.rule, scene.count, scene.digits, scene.signs):
        raise UsageError(f"labels of '{task.name}' are too long for shards: write npz instead")
    for name, split in task.splits.items():
        fault = _fault(
            split.labels, split.symbols, split.glyph_ids, len(split), scene, task.classes
        )
        if fault:
            raise UsageError(
                f"split '{name}' of '{task.name}': {fault}; shards could not be read again: "
                "make its labels by scene.labels_of(symbols)"
            )
    total = sum(map(len, task.splits.values()))
    splits: dict[str, Any] = {}
    with (
        atomic_folder(Path(path)) as temporary,
        progress(total, f"writing {Path(path).name}", unit="image", quiet=quiet) as bar,
    ):
        for name, split in task.splits.items():
            (temporary / name).mkdir()
            cuts = np.linspace(0, len(split), shards + 1).round().astype(int).tolist()
            for number, (start, end) in enumerate(itertools.pairwise(cuts)):
                with (temporary / name / _file(number)).open("wb") as file:
                    file.write(_header((end - start, *split.images.shape[1:])))
                    for images in _parts(split.images, start, end):
                        file.write(np.ascontiguousarray(images).data)
                        bar.advance(len(images))
            with (temporary / name / ROWS).open("wb") as file:
                np.savez(
                    file, labels=split.labels, symbols=split.symbols, glyph_ids=split.glyph_ids
                )
            sizes = [end - start for start, end in itertools.pairwise(cuts)]
            splits[name] = {"images": len(split), "shards": sizes}
        write_json(
            temporary / INDEX,
            {
                "schema": SCHEMA, "task": scene.name,
                "scene": SceneRecipe.of(scene).model_dump(mode="json"), "classes": task.classes,
                "labels": task.labels_mode, "glyphs": task.glyphs_mode, "seed": task.seed,
                "splits": splits,
            },
        )  # fmt: skip


def _parts(images: NDArray[np.uint8], start: int, end: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the images from one number to another, a few at a time."""
    for first in range(start, end, CHUNK):
        yield images[first : min(first + CHUNK, end)]


class ShardImages(StreamedImages):
    """Images of a split in shards, read from the disk when they are asked for.

    Parameters
    ----------
    files : sequence of path
    sizes : sequence of int
        Images of each file.
    side : (int, int)
        Height and width.
    chosen : (n,) int64, optional
        Numbers of those that it stands for; all of them otherwise.

    Raises
    ------
    DataError
        Where a file has not the size that its images take.
    """

    def __init__(
        self, files: tuple[Path, ...], sizes: tuple[int, ...], side: tuple[int, int],
        chosen: NDArray[np.int64] | None = None,
    ) -> None:  # fmt: skip
        super().__init__((sum(sizes) if chosen is None else len(chosen), *side))
        self.files, self.sizes, self.chosen = files, sizes, chosen
        self._bytes = side[0] * side[1]
        self._ends = np.cumsum(sizes)
        self._heads = [_head(file, (size, *side)) for file, size in zip(files, sizes, strict=True)]

    def rows(self, index: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the images with these numbers from 0, in this order."""
        numbers = index if self.chosen is None else self.chosen[index]
        images = np.empty((len(numbers), *self.shape[1:]), np.uint8)
        if len(numbers) and (numbers.min() < 0 or numbers.max() >= self._ends[-1]):
            raise IndexError(f"images {numbers.min()} to {numbers.max()} of {self._ends[-1]}")
        shard = np.searchsorted(self._ends, numbers, side="right")
        for place in np.unique(shard):
            first = int(self._ends[place]) - self.sizes[place]
            with self.files[place].open("rb", buffering=0) as file:
                for row in np.flatnonzero(shard == place):
                    at = self._heads[place] + (int(numbers[row]) - first) * self._bytes
                    file.seek(at)
                    if file.readinto(memoryview(images[row]).cast("B")) != self._bytes:
                        raise DataError(f"{self.files[place]}: cut short while it was being read")
        return images

    def take(self, index: NDArray[np.int64]) -> Self:
        """Return what stands for these images alone, in this order; none is read."""
        numbers = index if self.chosen is None else self.chosen[index]
        return type(self)(self.files, self.sizes, (self.shape[1], self.shape[2]), numbers)


def load_shards_task(path: str | Path) -> Task:
    """Open a task in shards; its images are read when they are asked for.

    Raises
    ------
    DataError
        Where the folder is not what `write_shards` wrote.
    """
    root = Path(path)
    index, scene = _read_index(root)
    splits = {
        name: _read_split(root / name, images, scene, index.classes)
        for name, images in _images_by_split(root, index, scene).items()
    }
    recipe = TaskRecipe(name=str(root), digest=folder_digest(root), seed=index.seed)
    return Task(
        str(root), str(root), scene, splits["train"], splits["val"], splits["test"], {},
        index.classes, index.labels, index.glyphs, seed=index.seed,
    ).described(recipe)  # fmt: skip


def shard_images(path: str | Path) -> dict[str, ShardImages]:
    """Open the images of a task in shards, by split; they are read when they are asked for.

    Raises
    ------
    DataError
        As `load_shards_task`.
    """
    root = Path(path)
    return _images_by_split(root, *_read_index(root))


def _read_index(root: Path) -> tuple[_Index, Scene]:
    try:
        index = _Index.model_validate(read_json(root / INDEX))
        scene = index.scene.named(index.task)
    except (Unreadable, ValidationError, SceneError) as error:
        said = " ".join(str(error).split())[:200]
        raise DataError(f"{root / INDEX}: no list of shards ({said}): build it again") from error
    if set(index.splits) != set(SPLITS):
        raise DataError(f"{root / INDEX}: expected train, val and test: build it again")
    return index, scene


def _images_by_split(root: Path, index: _Index, scene: Scene) -> dict[str, ShardImages]:
    found = {}
    for name in SPLITS:
        folder, split = root / name, index.splits[name]  # type: ignore[index]
        if sum(split.shards) != split.images or len(split.shards) > MOST_SHARDS:
            raise DataError(
                f"{folder}: shards of {sum(split.shards)} images, {split.images} expected"
            )
        files = tuple(folder / _file(number) for number in range(len(split.shards)))
        found[name] = ShardImages(files, split.shards, scene.canvas)
    return found


def _read_split(folder: Path, images: ShardImages, scene: Scene, classes: int) -> Split:
    try:
        size = min(ROWS_BYTES, _size(folder / ROWS))  # room is made for what may be read
        arrays = parse_npz(read_plain_file(folder / ROWS, size), folder / ROWS, ROWS_BYTES)
        labels, symbols, glyph_ids = (arrays[key] for key in ("labels", "symbols", "glyph_ids"))
    except (Unreadable, KeyError) as error:
        raise DataError(f"{folder / ROWS}: cannot be read ({error}): build it again") from error
    if fault := _fault(labels, symbols, glyph_ids, len(images), scene, classes):
        raise DataError(f"{folder / ROWS}: {fault}: build it again")
    return Split(cast("NDArray[np.uint8]", images), labels, symbols, glyph_ids)


def _fault(
    labels: NDArray[Any], symbols: NDArray[Any], glyph_ids: NDArray[Any], images: int,
    scene: Scene, classes: int,
) -> str | None:  # fmt: skip
    """Return what is wrong with the rows of a split, in words; None where they fit the scene."""
    each = (images, scene.count)
    of_label = each if scene.rule == "digits" else (images,)
    for name, rows, wanted in (
        ("labels", labels, of_label), ("symbols", symbols, each), ("glyph ids", glyph_ids, each),
    ):  # fmt: skip
        if rows.dtype != np.int64 or rows.shape != wanted:
            return f"{name} {rows.shape} of {rows.dtype}, {wanted} of int64 expected"
    lowest, highest = symbols.min(initial=0), symbols.max(initial=0)
    if lowest < 0 or highest >= classes:
        return f"symbols from {lowest} to {highest}, 0 to {classes - 1} expected"
    for start in range(0, images, ROWS_CHECKED):  # another copy of all might not fit
        part = slice(start, start + ROWS_CHECKED)
        wrong = scene.labels_of(symbols[part]) != labels[part]
        if wrong.any():
            row = start + int(np.argwhere(wrong)[0, 0])
            return f"image {row} has another label than its symbols make"
    return None


def _file(number: int) -> str:
    return f"images-{number:05d}.npy"


def _header(shape: tuple[int, ...]) -> bytes:
    """Return how an ``.npy`` file of images begins."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "|u1", "fortran_order": False, "shape": tuple(map(int, shape))}
    )
    return head.getvalue()


def _head(file: Path, shape: tuple[int, ...]) -> int:
    """Return where the images of a shard begin, behind its head."""
    found, head = _size(file), len(_header(shape))
    wanted = head + math.prod(shape)
    if found != wanted:
        raise DataError(f"{file}: {found:,} bytes, {wanted:,} expected: build it again")
    return head


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror}): build it again") from error
