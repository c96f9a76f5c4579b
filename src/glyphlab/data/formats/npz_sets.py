"""Sets of arrays in ``.npz`` files: Keras' ``x_train, y_train, x_test, y_test`` and others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, names_in_short
from glyphlab._common.untrusted import parse_npz, read_plain_file
from glyphlab.data.formats.beside import test_file_beside
from glyphlab.data.formats.content import NOT_STATED, Content, Part
from glyphlab.data.formats.gray_arrays import coded, gray_parts

__all__ = ["content_of_arrays", "npz_content", "npz_files", "npz_images", "with_split"]

IMAGES = ("x", "images", "image", "imgs", "img", "data", "pixels", "arr0")
LABELS = ("y", "labels", "label", "targets", "target", "classes", "class", "arr1")
SPLITS = ("train", "test")
_OTHER_SPLITS = ("val", "valid", "validation")

Arrays = Mapping[str, NDArray[Any]]


def npz_files(path: Path) -> list[Path]:
    """Return the files that a set is read from: itself, and its test file where there is one."""
    beside = test_file_beside(path)
    return [path] if beside is None else [path, beside]


def npz_content(path: Path) -> Content:
    """Read arrays of images and labels, and those of the test file beside them.

    Names of arrays say what they are: ``x`` or ``images``, ``y`` or ``labels``, with ``train`` or
    ``test`` before or after, where both are in one file.

    Raises
    ------
    DataError
        Where no arrays are called so, or they do not fit each other.
    """
    arrays: dict[str, NDArray[Any]] = {}
    files = npz_files(path)
    for file, split in zip(files, SPLITS, strict=False):
        found = parse_npz(read_plain_file(file), file)
        arrays |= found if len(files) == 1 else with_split(found, split)
    return content_of_arrays(path, arrays)


def with_split(arrays: Arrays, split: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file of one split, with its word before names that have none."""
    words = (*SPLITS, *_OTHER_SPLITS)
    return {
        name if any(word in name.lower() for word in words) else f"{split}_{name}": array
        for name, array in arrays.items()
    }


def npz_images(path: Path) -> dict[str, NDArray[np.uint8]]:
    """Read the images ``(n, h, w)`` of a file by the names of their arrays, labels there or not.

    Raises
    ------
    DataError
        Where no array is called as images are, and none is alone; or one holds none.
    """
    arrays = parse_npz(read_plain_file(path), path)
    found, _ = _sorted_out(arrays)
    names = [name for (_, what), name in found.items() if what == "images"]
    if not names and len(arrays) == 1:
        names = list(arrays)
    if not names:
        raise DataError(
            f"{path}: holds {_listed(arrays)}, expected images: an array called images, x or x_test"
        )
    scaled = gray_parts([(arrays[name], path) for name in names])
    return {name: pixels for name, (pixels, _) in zip(names, scaled, strict=True)}


def content_of_arrays(path: Path, arrays: Arrays) -> Content:
    """Return the content of arrays by what they are called; see `npz_content`."""
    found, others = _sorted_out(arrays)
    splits = [split for split in SPLITS if {(split, "images"), (split, "labels")} <= set(found)]
    if not splits:
        raise DataError(
            f"{path}: holds {_listed(arrays)}, expected images and labels: arrays called x_train, "
            "y_train, x_test and y_test, or images and labels"
        )
    used = {(split, what) for split in splits for what in ("images", "labels")}
    others += [found[key] for key in found if key not in used]
    codes, names = coded([arrays[found[split, "labels"]] for split in splits], path)
    scaled = gray_parts([(arrays[found[split, "images"]], path) for split in splits])
    parts, remarks = [], []
    for split, (pixels, said), code in zip(splits, scaled, codes, strict=True):
        if len(pixels) != len(code):
            raise DataError(
                f"{path}: {len(pixels):,} images in '{found[split, 'images']}' and {len(code):,} "
                f"labels in '{found[split, 'labels']}', expected as many"
            )
        remarks += [remark for remark in said if remark not in remarks]
        parts.append(Part(pixels, code))
    if others:
        remarks.append(f"left out: the arrays {names_in_short('', others)}" if len(others) > 1
                       else f"left out: the array {others[0]}")  # fmt: skip
    return Content(
        names, parts[0], parts[1] if len(parts) > 1 else None, NOT_STATED, tuple(remarks)
    )


def _sorted_out(arrays: Arrays) -> tuple[dict[tuple[str, str], str], list[str]]:
    """Return which array is what by split, those without one as training's; and all others."""
    found: dict[tuple[str, str], str] = {}
    others = []
    for name in arrays:
        plain = re.sub(r"[^a-z0-9]", "", name.lower())
        split = next((one for one in (*SPLITS, *_OTHER_SPLITS) if one in plain), "")
        word = plain.replace(split, "", 1) if split else plain
        what = "images" if word in IMAGES else "labels" if word in LABELS else ""
        key = split or "train", what
        if not what or key in found or key[0] not in SPLITS:
            others.append(name)
        else:
            found[key] = name
    return found, others


def _listed(arrays: Arrays) -> str:
    if not arrays:
        return "no array of numbers"
    return "the arrays " + names_in_short(
        "", [f"{name} {'×'.join(map(str, array.shape))}" for name, array in arrays.items()]
    )
