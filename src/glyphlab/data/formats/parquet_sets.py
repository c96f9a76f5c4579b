"""Tables of image files in Parquet, as Hugging Face keeps sets of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, names_in_short
from glyphlab._common.untrusted.gray_images import GrayImage, gray_pixels
from glyphlab._common.untrusted.parquet_files import ParquetTable, read_parquet
from glyphlab.data.formats.content import NOT_STATED, Content, Part
from glyphlab.data.formats.gray_arrays import coded, gray_parts, named
from glyphlab.data.formats.image_files import at_one_size
from glyphlab.data.formats.published_names import numbers_from

_SPLIT_WORDS = ("train", "test", "validation", "valid", "val")

__all__ = ["is_parquet", "parquet_content", "parquet_files"]

ENDING = ".parquet"
_IMAGES = ("image", "img", "images", "picture")
_LABELS = ("label", "labels", "fine_label", "class", "target", "digit", "character")
_WANTED = (*_IMAGES, *_LABELS)


def is_parquet(path: Path) -> bool:
    """Return whether this is a Parquet file, or a folder with some, or with some in ``data``."""
    if path.is_file():
        return path.suffix.lower() == ENDING
    return bool(_shards(path))


def parquet_files(path: Path) -> list[Path]:
    """Return the files that a set is read from: the parts of both splits."""
    found = _splits(path)
    return [file for split in ("train", "test") for file in found.get(split, [])]


def parquet_content(path: Path) -> Content:
    """Read images and labels; files whose names begin with ``test`` hold the test images.

    Raises
    ------
    UsageError
        Where the extra ``parquet`` is not installed.
    DataError
        Where no column is called ``image`` and ``label``, or an image cannot be read.
    """
    found = _splits(path)
    images: list[GrayImage | _Numbers] = []
    labels: dict[str, list[str | float]] = {}
    names: Mapping[int, str] | None = None
    for split in ("train", "test"):
        for file in found.get(split, []):
            table = read_parquet(file, _WANTED)
            image, label = _column(table, _IMAGES, file), _column(table, _LABELS, file)
            names = names or _class_names(table, label)
            of_file = zip(table.columns[image], table.columns[label], strict=True)
            for row, (picture, of_picture) in enumerate(of_file, 1):
                images.append(_image(picture, f"{file}, row {row}"))
                labels.setdefault(split, []).append(_label(of_picture, f"{file}, row {row}"))
            labels.setdefault(split, [])
    read = at_one_size(_in_gray(images))
    codes, class_names = _codes(labels, names, path)
    parts, remarks, begin = {}, read.remarks, 0
    for split, of_split in codes.items():
        parts[split] = Part(read.pixels[begin : begin + len(of_split)], of_split)
        begin += len(of_split)
    left_out = [file.name for split, files in found.items() if split not in parts for file in files]
    if left_out:
        remarks.append(f"left out: {names_in_short('', left_out)}")
    return Content(class_names, parts["train"], parts.get("test"), NOT_STATED, tuple(remarks))


def _codes(
    labels: Mapping[str, Sequence[str | float]], names: Mapping[int, str] | None, path: Path
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
    values = {
        split: list(map(str, of_split)) if any(isinstance(one, str) for one in of_split)
        else np.array(of_split)
        for split, of_split in labels.items()
    }  # fmt: skip
    if names is not None and all(isinstance(one, np.ndarray) for one in values.values()):
        codes = {split: named(np.asarray(one), names, path) for split, one in values.items()}
        return codes, tuple(names.values())
    found, class_names = coded(list(values.values()), path)
    return dict(zip(values, found, strict=True)), class_names


def _label(value: Any, where: str) -> str | float:
    if not isinstance(value, str | int | float) or value != value:  # NaN
        raise DataError(
            f"{where}: a label that is neither a number nor text, expected one an image"
        )
    return value


def _column(table: ParquetTable, wanted: Sequence[str], file: Path) -> str:
    for name in wanted:
        if name in table.columns:
            return name
    raise DataError(
        f"{file}: columns {names_in_short('', table.names)}, expected '{wanted[0]}': is it a table "
        "of labelled images?"
    )


def _class_names(table: ParquetTable, label: str) -> Mapping[int, str] | None:
    feature = table.features.get(label)
    names = feature.get("names") if isinstance(feature, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    (_,), unique = coded([names], "the names of the classes")
    return numbers_from(0, tuple(names)) if len(unique) == len(names) else None


@dataclass(frozen=True)
class _Numbers:
    """An image of numbers, which the range of all such images scales."""

    values: NDArray[Any]
    where: str


def _image(value: Any, where: str) -> GrayImage | _Numbers:
    content = value.get("bytes") if isinstance(value, dict) else value
    if isinstance(content, bytes):
        return gray_pixels(content, where)
    if isinstance(content, list):
        try:
            return _Numbers(np.array(content), where)
        except ValueError as error:
            raise DataError(f"{where}: rows of different lengths, expected an image") from error
    raise DataError(f"{where}: no image, expected the bytes of one: is it only a path?")


def _in_gray(images: Sequence[GrayImage | _Numbers]) -> list[GrayImage]:
    numbers = [(one.values[None], one.where) for one in images if isinstance(one, _Numbers)]
    scaled = iter(gray_parts(numbers, one_scale=True))
    return [one if isinstance(one, GrayImage) else _of_array(*next(scaled)) for one in images]


def _of_array(pixels: NDArray[np.uint8], said: Sequence[str]) -> GrayImage:
    return GrayImage(pixels[0], tuple(said))


def _splits(path: Path) -> dict[str, list[Path]]:
    """Return the files by the word that their names begin with."""
    if path.is_file():
        folder, word = path.parent, _split_of(path)
        files = [one for one in _in(folder) if _split_of(one) in (word, "test")]
        return {"train": [path]} if word not in ("train",) else _by_split(files)
    return _by_split(_shards(path))


def _by_split(files: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for file in files:
        found.setdefault(_split_of(file), []).append(file)
    if "train" in found:
        return found
    if len(found) == 1:
        return {"train": next(iter(found.values()))}
    unnamed = [file for file in files if _split_of(file) not in _SPLIT_WORDS]
    if not unnamed:
        raise DataError(
            f"{files[0].parent}: holds {names_in_short('', [file.name for file in files])}, "
            "expected training images too: a file whose name begins with 'train'"
        )
    return {
        "train": unnamed,
        **{word: some for word, some in found.items() if word in _SPLIT_WORDS},
    }


def _split_of(file: Path) -> str:
    return file.name.lower().partition("-")[0].removesuffix(ENDING)


def _shards(path: Path) -> list[Path]:
    return _in(path) or _in(path / "data")


def _in(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir())
            if path.suffix.lower() == ENDING and path.is_file()]  # fmt: skip
