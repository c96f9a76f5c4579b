"""Image files of a folder: which of its files are images, and what they show at one size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab._common.machine import require_memory
from glyphlab._common.untrusted import GrayImage, Unreadable, read_gray
from glyphlab._common.untrusted.gray_images import ENDINGS, OF_BITS, read_size

__all__ = ["ReadImages", "at_one_size", "fitted", "image_files", "is_image", "is_litter",
           "read_at_one_size", "read_images"]  # fmt: skip

Size = tuple[int, int]
"""Height and width."""
_SHOWN = 5
"""Files that cannot be read which a message names."""
_LITTER = {"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"}
"""What systems leave in folders, in small letters, beside hidden files."""


def is_litter(path: Path) -> bool:
    """Return whether a file or folder is hidden, or one that an operating system left."""
    return path.name.startswith(".") or path.name.lower() in _LITTER


def is_image(path: Path) -> bool:
    """Return whether a file is called as image files are, in capitals or not."""
    return path.suffix.lower() in ENDINGS and path.is_file()


def image_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the image files of a folder in the order of their names, and what else is in it."""
    images: list[Path] = []
    others: list[Path] = []
    for path in sorted(folder.iterdir()):
        if not is_litter(path):
            (images if is_image(path) else others).append(path)
    return images, others


@dataclass(frozen=True)
class ReadImages:
    """Images of files.

    Attributes
    ----------
    pixels : (n, h, w) uint8
    remarks : list of str
        What was done to how many of them.
    """

    pixels: NDArray[np.uint8]
    remarks: list[str]


def read_images(paths: Sequence[Path]) -> ReadImages:
    """Read grey images of one size.

    Raises
    ------
    DataError
        Where a file is no image, or sizes differ; both files are named.
    """
    images: list[NDArray[np.uint8]] = []
    done: Counter[str] = Counter()
    bits = []
    for path in paths:
        image = read_gray(path)
        done.update(image.done)
        bits.append(image.bits)
        images.append(image.pixels)
        if images[-1].shape != images[0].shape:
            raise DataError(
                f"{path} is {_size(images[-1].shape)} but {paths[0]} is {_size(images[0].shape)}, "
                "expected one size; resize one of them"
            )
    pixels = np.stack(images)
    _scale_alike(pixels, bits, done)
    return ReadImages(pixels, _remarks(done))


def read_at_one_size(paths: Sequence[Path], size: Size | None = None) -> ReadImages:
    """Read grey images; where their sizes differ, all are brought to one.

    That is `size`, else the size of most of them, else the middle height and the middle width. An
    image is scaled into it whole, and what remains is filled with the grey of its border.

    Raises
    ------
    DataError
        Where files are no images: how many, and the first five.
    UsageError
        Where they do not fit into memory.
    """
    try:
        first = read_gray(paths[0]).pixels.shape
        found = _read(paths, size or first, strict=size is None)
        if found is None:
            sizes = [read_size(path) for path in paths]
            found = _read(paths, _common_size(sizes), strict=False)
            assert found is not None
    except Unreadable as error:
        raise _unreadable(paths) or error from error
    return found


def _unreadable(paths: Sequence[Path]) -> DataError | None:
    """Return an error that says of all files which ones cannot be read."""
    broken: list[Unreadable] = []
    for path in paths:
        try:
            read_gray(path)
        except Unreadable as error:
            broken.append(error)
    if len(broken) == 1:
        return Unreadable(broken[0].where, broken[0].reason, "repair or delete it")
    shown = "; ".join(f"{one.where}: {one.reason}" for one in broken[:_SHOWN])
    more = f"; and {len(broken) - _SHOWN:,} more" if len(broken) > _SHOWN else ""
    return (
        DataError(
            f"{len(broken):,} of {len(paths):,} image files cannot be read: {shown}{more}; "
            "repair or delete them"
        )
        if broken
        else None
    )


def at_one_size(images: Sequence[GrayImage]) -> ReadImages:
    """Bring images that are read already to one size, as `read_at_one_size` does.

    Raises
    ------
    UsageError
        Where they do not fit into memory.
    """
    sizes = [(image.pixels.shape[0], image.pixels.shape[1]) for image in images]
    size = _common_size(sizes) if sizes else (1, 1)
    found = _brought(images, len(images), size, strict=False)
    assert found is not None
    return found


def _read(paths: Sequence[Path], size: tuple[int, ...], *, strict: bool) -> ReadImages | None:
    return _brought((read_gray(path) for path in paths), len(paths), size, strict=strict)


def _brought(
    images: Iterable[GrayImage], count: int, size: tuple[int, ...], *, strict: bool
) -> ReadImages | None:
    """Bring images to a size; None where `strict` and one has another."""
    height, width = size
    require_memory(
        count * height * width,
        f"{count:,} images of {width}×{height} pixels",
        "scale them down, as 'glyphlab data import PATH --size 28 --out DIR' does",
    )
    pixels = np.empty((count, height, width), np.uint8)
    done: Counter[str] = Counter()
    bits: list[int] = []
    resized = 0
    for row, image in enumerate(images):
        done.update(image.done)
        bits.append(image.bits)
        if image.pixels.shape != (height, width):
            if strict:
                return None
            resized += 1
        pixels[row] = fitted(image.pixels, (height, width))
    _scale_alike(pixels, bits, done)
    remarks = _remarks(done)
    if resized:
        remarks.append(f"other sizes brought to {width}×{height} (images: {resized:,})")
    return ReadImages(pixels, remarks)


def _scale_alike(pixels: NDArray[np.uint8], bits: Sequence[int], done: Counter[str]) -> None:
    """Scale images of more than eight bits as the one of most; a dark one has fewer by itself."""
    found = np.array(bits, int)
    most = int(found.max(initial=0))
    for fewer in [one for one in OF_BITS if one < most]:
        rows = np.flatnonzero(found == fewer)
        pixels[rows] >>= most - fewer
        done[OF_BITS[most]] += done.pop(OF_BITS[fewer], 0)


def _remarks(done: Counter[str]) -> list[str]:
    return [f"{what} (images: {count:,})" for what, count in sorted(done.items())]


def fitted(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a grey image scaled whole into another size; the rest has the grey of its border."""
    height, width = size
    if image.shape == size:
        return image
    from PIL import Image

    zoom = min(height / image.shape[0], width / image.shape[1])
    high, wide = (max(1, round(length * zoom)) for length in image.shape)
    high, wide = min(high, height), min(wide, width)
    scaled = Image.fromarray(image).resize((wide, high), Image.Resampling.BICUBIC)
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    placed = np.full(size, np.uint8(np.median(border)), np.uint8)
    top, left = (height - high) // 2, (width - wide) // 2
    placed[top : top + high, left : left + wide] = np.asarray(scaled)
    return placed


def _common_size(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    counts = Counter(sizes)
    size, count = max(counts.items(), key=lambda one: (one[1], one[0]))
    if 2 * count >= counts.total():
        return size
    heights, widths = zip(*counts.elements(), strict=True)
    return int(np.median(heights)), int(np.median(widths))


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}×{shape[0]} pixels"
