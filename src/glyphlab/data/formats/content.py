"""What a file or a folder of labelled images holds, and the symbols of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, names_in_short, printable
from glyphlab.data.formats.automatic_split import TEST_SHARE, held_back
from glyphlab.data.symbols import Symbols, SymbolSet

__all__ = ["Content", "Part", "symbols_of"]

NOT_STATED = "not stated"
AUTOMATIC = "no test images"
"""Beginning of what is said where the division is made here."""


@dataclass(frozen=True)
class Part:
    """Labelled images of one split.

    Attributes
    ----------
    images : (n, h, w) uint8
    labels : (n,) int64
        Places among the names of the classes.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Content:
    """What a reader of a format found.

    Attributes
    ----------
    class_names : tuple of str
    train : Part
    test : Part or None
        None where the data have no split of their own.
    licence : str
    remarks : tuple of str
        What was done to the images and what was left out, each a part of a sentence.
    """

    class_names: tuple[str, ...]
    train: Part
    test: Part | None
    licence: str = NOT_STATED
    remarks: tuple[str, ...] = field(default=())


def symbols_of(name: str, path: Path, content: Content) -> SymbolSet:
    """Return what was found as a source: divided, if it was not, and with an id for every image.

    Ids count the training images in their order, then the test images; where the division is made
    here, they count all images in their order.

    Raises
    ------
    DataError
        Where there is no image, or training and test images differ in size.
    """
    train, test = content.train, content.test
    remarks = list(content.remarks)
    if not len(train.images):
        raise DataError(f"{path}: holds no labelled image, expected at least one: add images")
    if test is None:
        images, labels = train.images, train.labels
        for_test = held_back(images, labels)
        remarks.append(
            f"{AUTOMATIC} of its own: {for_test.sum():,} of {len(labels):,} are taken for test, "
            f"{TEST_SHARE:.0%} of each class, chosen by their content"
            if for_test.any()
            else f"{AUTOMATIC}, and none is taken for test, as no class has two different images"
        )
    else:
        if train.images.shape[1:] != test.images.shape[1:] and len(test.images):
            sizes = " but test images ".join(
                f"{part.images.shape[2]}×{part.images.shape[1]}" for part in (train, test)
            )
            raise DataError(f"{path}: training images are {sizes} pixels, expected one size")
        images = np.concatenate([train.images, test.images]) if len(test.images) else train.images
        labels = np.concatenate([train.labels, test.labels])
        for_test = np.arange(len(labels)) >= len(train.labels)
    remarks += _absent(content.class_names, labels, for_test)
    everything = Symbols(
        images,
        labels,
        np.arange(len(labels), dtype=np.int64),
        name,
        content.licence,
        content.class_names,
        tuple(printable(remark) for remark in remarks),
    )
    return SymbolSet(name, everything.take(~for_test), everything.take(for_test))


def _absent(
    names: tuple[str, ...], labels: NDArray[np.int64], for_test: NDArray[np.bool_]
) -> list[str]:
    """Say which classes have no image in a split."""
    said = []
    for split, mask in (("training", ~for_test), ("test", for_test)):
        counts = np.bincount(labels[mask], minlength=len(names))
        absent = [name for name, count in zip(names, counts, strict=True) if not count]
        if 0 < len(absent) < len(names):
            said.append(f"no {split} image of {names_in_short('', absent)}")
    return said
