"""Images that a person names: files, folders, patterns, and whatever else holds images."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, NoSuchPath
from glyphlab._common.untrusted import Absent, GrayImage, read_gray
from glyphlab._common.untrusted.gray_images import gray_pixels

__all__ = ["STDIN", "Gathered", "NamedImage", "gather", "of_arrays", "of_bytes", "of_file"]

STDIN = "-"
ENDINGS = frozenset(
    (".bmp", ".dib", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm",
     ".ppm", ".tif", ".tiff", ".webp")
)  # fmt: skip
"""Of image files in a folder, in any case; a file that is named itself may have any other."""
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


def gather(names: Sequence[str | Path]) -> Gathered:
    """Find the images that names stand for; nothing is read yet.

    Parameters
    ----------
    names : sequence of str or Path
        Each an image file; a folder, whose images are found at any depth; or a pattern, as
        ``"scans/*.png"`` or ``"scans/**/*.png"``, where no file has that very name. What is hidden
        is passed over.

    Returns
    -------
    Gathered
        A name that stands for nothing is an image whose reading says so.
    """
    found: list[NamedImage] = []
    left_out: Counter[str] = Counter()
    for name in names:
        path = Path(name)
        if path.is_dir():
            found += _in_folder(path, left_out)
        elif os.path.lexists(path) or not glob.has_magic(str(name)):
            found.append(of_file(path))
        elif not (matches := sorted(glob.glob(str(name), recursive=True))):  # noqa: PTH207
            found.append(_refused(str(name), f"{name}: no file matches this pattern; check it"))
        else:
            for match in map(Path, matches):
                found += _in_folder(match, left_out) if match.is_dir() else [of_file(match)]
    return Gathered(found, len(found), left_out)


def of_file(path: Path) -> NamedImage:
    """Return an image file."""

    def read() -> GrayImage:
        try:
            return read_gray(path)
        except Absent as error:
            raise NoSuchPath(f"no image at {path}: name a file that is there") from error

    return NamedImage(str(path), read)


def of_bytes(content: bytes, name: str) -> NamedImage:
    """Return the image that bytes are, as they stand in a file."""
    return NamedImage(name, lambda: gray_pixels(content, name))


def of_arrays(images: Iterable[Any], name: str = "image") -> Iterator[NamedImage]:
    """Yield images that are arrays, named by their number from 1.

    Parameters
    ----------
    images : iterable of array_like, (h, w)
        Of uint8, or of floats in 0..1.
    name : str
        Stands before the number.
    """
    for number, image in enumerate(images, 1):
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


def _in_folder(folder: Path, left_out: Counter[str]) -> list[NamedImage]:
    found = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith("."):
                continue
            ending = Path(name).suffix.lower()
            if ending in ENDINGS:
                found.append(of_file(Path(root, name)))
            else:
                left_out[ending or "without an ending"] += 1
    if not found:
        said = "no image in this folder, expected files such as *.png; check the path"
        found.append(_refused(str(folder), f"{folder}: {said}"))
    return found


def _refused(name: str, why: str) -> NamedImage:
    def read() -> GrayImage:
        raise NoSuchPath(why)

    return NamedImage(name, read)
