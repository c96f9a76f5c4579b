"""Symbols from a folder of images: ``<split>/<label>/*.png``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import read_gray
from glyphlab._common.untrusted.plain_files import require_utf8
from glyphlab.data.class_names import in_class_order
from glyphlab.data.symbols import Symbols, SymbolSet

__all__ = ["folder_symbols", "label_folders", "read_images"]


def label_folders(split: Path) -> list[Path]:
    """Return the label folders of a split in the order of their classes.

    Raises
    ------
    DataError
        Where the split's folder is not there, or holds no label folder.
    """
    if not split.is_dir():
        raise DataError(
            f"{split}: no such folder, expected '{split.name}/<label>/*.png' in {split.parent}; "
            "add it or give another path"
        )
    folders = [path for path in split.iterdir() if path.is_dir()]
    names = in_class_order(path.name for path in folders)
    folders.sort(key=lambda path: names.index(path.name))
    for folder in folders:
        require_utf8(folder)
    if not folders:
        raise DataError(f"{split}: holds no label folder, expected '<label>/*.png'; add the images")
    return folders


def read_images(paths: list[Path]) -> NDArray[np.uint8]:
    """Read grey images of one size.

    Returns
    -------
    (n, h, w) uint8

    Raises
    ------
    DataError
        Where a file is no image, or sizes differ; both files are named.
    """
    images = []
    for path in paths:
        images.append(read_gray(path).pixels)
        if images[-1].shape != images[0].shape:
            raise DataError(
                f"{path} is {_size(images[-1])} but {paths[0]} is {_size(images[0])}, "
                "expected one size; resize one of them"
            )
    return np.stack(images)


def _size(image: NDArray[np.uint8]) -> str:
    return f"{image.shape[1]}×{image.shape[0]} pixels"


def folder_symbols(path: Path) -> SymbolSet:
    """Read a folder with ``train/<label>/*.png`` and ``test/<label>/*.png``.

    Classes are the names of the label folders of ``train`` in sorted order; ids count the training
    images in the order of their paths, then the test images.

    Raises
    ------
    DataError
        Where a split is not there, a label folder is empty, a label is in the test split alone, or
        sizes differ.
    """
    names = tuple(folder.name for folder in label_folders(path / "train"))
    parts: dict[str, tuple[list[Path], list[int]]] = {}
    for split in ("train", "test"):
        files: list[Path] = []
        labels: list[int] = []
        for folder in label_folders(path / split):
            if folder.name not in names:
                raise DataError(
                    f"{folder}: label '{folder.name}' is not in {path / 'train'}, expected one of "
                    f"{', '.join(names)}; add training images of it or remove it"
                )
            found = sorted(folder.glob("*.png"))
            if not found:
                raise DataError(
                    f"{folder}: a label folder with no images, expected *.png; "
                    "add images or remove the folder"
                )
            files += found
            labels += [names.index(folder.name)] * len(found)
        parts[split] = files, labels
    (train_files, train_labels), (test_files, test_labels) = parts["train"], parts["test"]
    images = read_images(train_files + test_files)
    everything = Symbols(
        images,
        np.array(train_labels + test_labels, np.int64),
        np.arange(len(images), dtype=np.int64),
        str(path),
        "not stated",
        names,
    )
    cut = len(train_files)
    index = np.arange(len(images))
    return SymbolSet(str(path), everything.take(index[:cut]), everything.take(index[cut:]))
