"""Sets of arrays in MATLAB's files: cropped SVHN, notMNIST, and others that are laid out alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.untrusted.mat_files import read_mat
from glyphlab.data.formats.beside import test_file_beside
from glyphlab.data.formats.content import Content
from glyphlab.data.formats.npz_sets import IMAGES, LABELS, content_of_arrays, with_split
from glyphlab.data.formats.published_names import NOT_MNIST

__all__ = ["mat_content", "mat_files"]

_SVHN = (32, 32, 3)


def mat_files(path: Path) -> list[Path]:
    """Return the files that a set is read from: itself, and its test file where there is one."""
    beside = test_file_beside(path)
    return [path] if beside is None else [path, beside]


def mat_content(path: Path) -> Content:
    """Read arrays of images and labels, and those of the test file beside them.

    MATLAB counts images along the last axis; where as many labels fit only the first, that is it.
    In the form of SVHN, 32×32 in colour with labels 1 to 10, label 10 stands for the digit 0; the
    ten classes of a file called notMNIST are the letters A to J.

    Raises
    ------
    DataError
        Where no arrays are called ``X`` or ``images`` and ``y`` or ``labels``, or they do not fit
        each other.
    """
    arrays: dict[str, NDArray[Any]] = {}
    remarks: list[str] = []
    files = mat_files(path)
    for file, split in zip(files, ("train", "test"), strict=False):
        found = _images_first(read_mat(file))
        if said := _zero_of_svhn(found):
            remarks = [said]
        arrays |= found if len(files) == 1 else with_split(found, split)
    content = content_of_arrays(path, arrays)
    letters = "notmnist" in path.name.lower() and content.class_names == tuple("0123456789")
    return replace(
        content,
        class_names=NOT_MNIST if letters else content.class_names,
        remarks=(*remarks, *content.remarks),
    )


def _images_first(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return arrays with labels flat, and images along the first axis."""
    counts = {
        array.size for name, array in arrays.items()
        if _word(name) in LABELS and max(array.shape, default=0) == array.size
    }  # fmt: skip
    found = {}
    for name, array in arrays.items():
        if _word(name) in LABELS and array.size in counts:
            found[name] = array.reshape(-1)
        elif (
            _word(name) in IMAGES
            and array.ndim > 2
            and (array.shape[-1] in counts or array.shape[0] not in counts)
        ):
            found[name] = np.moveaxis(array, -1, 0)
        else:
            found[name] = array
    return found


def _zero_of_svhn(arrays: dict[str, NDArray[Any]]) -> str:
    """Turn label 10 into 0 where the arrays have the form of SVHN; say so."""
    if not any(array.ndim == 4 and array.shape[1:] == _SVHN for array in arrays.values()):
        return ""
    for name, labels in arrays.items():
        if _word(name) in LABELS and labels.size and labels.min() >= 1 and labels.max() <= 10:
            arrays[name] = labels % 10
            return "label 10 is the digit 0, as in SVHN"
    return ""


def _word(name: str) -> str:
    plain = "".join(one for one in name.lower() if one.isalnum())
    return plain.replace("train", "", 1).replace("test", "", 1)
