"""Images that a person names: files, folders, patterns, and whatever else holds images."""

from __future__ import annotations

import contextlib
import glob
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, GlyphlabError, NoSuchPath
from glyphlab._common.untrusted import Absent, GrayImage, Unreadable, read_gray
from glyphlab._common.untrusted.gray_images import ENDINGS, FORMATS, gray_pixels
from glyphlab.data.digest import walked
from glyphlab.data.formats.by_path import unread_kind
from glyphlab.data.formats.image_files import is_litter
from glyphlab.data.table_images import is_table, table_images

__all__ = [
    "STDIN",
    "Gathered",
    "NamedImage",
    "gather",
    "of_arrays",
    "of_bytes",
    "of_error",
    "of_file",
]

STDIN = "-"
_SHOWN = 3
"""Kinds of files that a note names."""


@dataclass(frozen=True)
class NamedImage:
    """One image, read when it is asked for.

    Attributes
    ----------
    name : str
        What an answer calls it: its path, and in a table its row.
    read : callable
        Returns the picture, or raises an error of ours.
    """

    name: str
    read: Callable[[], GrayImage]


@dataclass
class Gathered:
    """What names stand for.

    Attributes
    ----------
    images : iterable of NamedImage
        In the order of the names; those of a folder in the order of their paths.
    count : int or None
        How many there are; None where that is not known before they are read.
    left_out : Counter of str
        Files of folders that are no images, by their ending.
    """

    images: Iterable[NamedImage]
    count: int | None
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def names(self) -> list[str]:
        """What the images are called; empty where that is not known before they are read."""
        return [one.name for one in self.images] if isinstance(self.images, list) else []

    @property
    def remark(self) -> str:
        """What was left out, in words; empty where nothing was."""
        if not self.left_out:
            return ""
        kinds = [f"{count:,} {ending}" for ending, count in self.left_out.most_common(_SHOWN)]
        more = " and others" if len(self.left_out) > _SHOWN else ""
        total = sum(self.left_out.values())
        files = (
            "1 file is no image and was"
            if total == 1
            else f"{total:,} files are no images and were"
        )
        return f"{files} left out ({', '.join(kinds)}{more})"

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return what all parts stand for, one after the other."""
        images: Iterable[NamedImage] = itertools.chain.from_iterable(one.images for one in parts)
        if all(isinstance(one.images, list) for one in parts):
            images = list(images)
        known = [one.count for one in parts if one.count is not None]
        count = sum(known) if len(known) == len(parts) else None
        return cls(images, count, sum((one.left_out for one in parts), Counter[str]()))


def gather(names: Sequence[str | Path]) -> Gathered:
    """Find the images that names stand for; nothing is read yet.

    Parameters
    ----------
    names : sequence of str or Path
        Each an image file; a folder, whose images are found at any depth, in linked folders too; a
        table whose rows are images, with labels or without; or a pattern, as ``"scans/*.png"`` or
        ``"scans/**/*.png"``, where no file has that very name. What is hidden is passed over.

    Returns
    -------
    Gathered
        A name that stands for nothing is an image whose reading says so.
    """
    found: list[Gathered] = []
    for name in names:
        path = Path(name)
        if os.path.lexists(path) or not glob.has_magic(str(name)):
            found.append(_of_path(path))
        elif matches := sorted(glob.glob(str(name), recursive=True)):  # noqa: PTH207
            found += [_of_path(Path(match)) for match in matches]
        else:
            refused = _refused(str(name), f"{name}: no file matches this pattern; check it")
            found.append(Gathered([refused], 1))
    return Gathered.joined(found)


def _of_path(path: Path) -> Gathered:
    with contextlib.suppress(OSError):  # of what may not be looked at, reading says so
        if path.is_dir():
            return _in_folder(path)
        if path.suffix.lower() not in ENDINGS and is_table(path):
            return Gathered(_in_table(path), None)
    return Gathered([of_file(path)], 1)


def _in_table(path: Path) -> Iterator[NamedImage]:
    try:
        parts = table_images(path)
    except GlyphlabError as error:
        yield of_error(error, str(path))
        return
    for name, images in parts:
        yield from of_arrays(images, name)


def of_file(path: Path) -> NamedImage:
    """Return an image file."""

    def read() -> GrayImage:
        try:
            return read_gray(path)
        except Absent as error:
            raise NoSuchPath(f"no image at {path}: name a file that is there") from error
        except Unreadable as error:
            kind = None
            with contextlib.suppress(OSError):  # what may not be opened is of no kind
                kind = unread_kind(path)
            if kind is None:
                raise
            raise DataError(f"{path}: {kind}; read are {', '.join(FORMATS)}, and tables of "
                            "images") from error  # fmt: skip

    return NamedImage(str(path), read)


def of_bytes(content: bytes, name: str) -> NamedImage:
    """Return the image that bytes are, as they stand in a file."""
    return NamedImage(name, lambda: gray_pixels(content, name))


def of_error(error: GlyphlabError, name: str) -> NamedImage:
    """Return what stands for images that cannot be had: reading it says why."""
    return NamedImage(name, _raiser(error))


def of_arrays(images: Iterable[Any], name: str = "image", first: int = 1) -> Iterator[NamedImage]:
    """Yield images that are arrays, named by their number.

    Parameters
    ----------
    images : iterable of array_like, (h, w)
        Of uint8, or of floats in 0..1.
    name : str
        Stands before the number.
    first : int
        Number of the first one.
    """
    for number, image in enumerate(images, first):
        yield NamedImage(f"{name} {number}", _array_reader(image, f"{name} {number}"))


def _array_reader(image: Any, name: str) -> Callable[[], GrayImage]:
    return lambda: GrayImage(*_as_bytes(np.asarray(image), name))


def _as_bytes(image: NDArray[Any], name: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    if image.ndim == 2 and image.size and image.dtype == np.uint8:
        return image, ()
    within = image.ndim == 2 and image.size and image.dtype.kind in "fiub"
    if within and image.dtype.kind == "f" and 0 <= image.min() <= image.max() <= 1:
        return np.rint(image * 255).astype(np.uint8), ("scaled from 0..1 to 0..255",)
    if within and image.dtype.kind in "iu" and 0 <= image.min() <= image.max() <= 255:
        return image.astype(np.uint8), ()
    span = f" from {image.min():g} to {image.max():g}" if within else ""
    raise DataError(
        f"{name} is {image.dtype} {image.shape}{span}, expected (height, width) of uint8 or of "
        "floats in 0..1: give one grey image"
    )


def _in_folder(folder: Path) -> Gathered:
    found: list[NamedImage] = []
    left_out: Counter[str] = Counter()

    def refuse(error: OSError) -> None:
        where = str(error.filename or folder)
        said = f"{where}: cannot be read ({error.strerror}): check the folder"
        found.append(of_error(DataError(said), where))

    for here, files in walked(folder, lambda name: is_litter(Path(name)), refuse):
        for name in files:
            ending = Path(name).suffix.lower()
            if ending in ENDINGS:
                found.append(of_file(here / name))
            else:
                left_out[ending or "without an ending"] += 1
    if not found:
        said = "no image in this folder, expected files such as *.png; check the path"
        found.append(_refused(str(folder), f"{folder}: {said}"))
    return Gathered(found, len(found), left_out)


def _refused(name: str, why: str) -> NamedImage:
    return of_error(NoSuchPath(why), name)


def _raiser(error: GlyphlabError) -> Callable[[], GrayImage]:
    def read() -> GrayImage:
        raise error

    return read
