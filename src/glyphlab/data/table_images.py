"""The images of tables and archives, whether or not there are labels beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.formats.by_path import FORMATS, content_of
from glyphlab.data.formats.npz_sets import npz_images
from glyphlab.data.formats.pixel_tables import table_pixels

__all__ = ["is_table", "table_images"]

_OF_TEST = ("t10k", "test")
"""What the name of a file says that holds the test images of a set."""


def is_table(path: Path) -> bool:
    """Return whether a file is called as those are that hold many images."""
    return path.is_file() and any(one.matches(path) for one in FORMATS)


def table_images(path: Path) -> list[tuple[str, NDArray[np.uint8]]]:
    """Read the images of a file that holds many.

    Parameters
    ----------
    path : Path
        A table of pixels, or a file of any format that `glyphlab.data.load_symbols` takes.

    Returns
    -------
    list of (str, (n, h, w) uint8)
        What each part is called, and its images.

    Raises
    ------
    DataError
        Where the file is damaged, or holds no images.
    """
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return [(str(path), table_pixels(path))]
    if name.endswith(".npz"):
        found = npz_images(path)
        if len(found) == 1:
            return [(str(path), images) for images in found.values()]
        return [(f"{path} {array}", images) for array, images in found.items()]
    content = content_of(path)
    if content.test is None:
        return [(str(path), content.train.images)]
    if any(word in name for word in _OF_TEST):
        return [(str(path), content.test.images)]
    return [(f"{path} {split}", part.images)
            for split, part in (("train", content.train), ("test", content.test))]  # fmt: skip
