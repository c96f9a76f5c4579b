"""Labelled single images of one origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab._common.notebook import SHOWN, contact_strip, paragraph

__all__ = ["SymbolSet", "Symbols"]


@dataclass(frozen=True, eq=False, repr=False)
class Symbols:
    """Labelled single images of one origin.

    Parameters
    ----------
    images : (n, h, w) uint8
        From 0 (background) to 255 (ink).
    labels : (n,) int64
        In ``0 … classes - 1``.
    ids : (n,) int64
        What names an image in the whole origin; unique.
    origin : str
        Where the images are from, as ``"mnist"``.
    licence : str
        What they may be used under.
    class_names : tuple of str
        One name a class.
    remarks : tuple of str
        What was done to the origin's images as they were read, and what of them was left out.

    Raises
    ------
    DataError
        Where the arrays do not fit each other.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    ids: NDArray[np.int64]
    origin: str
    licence: str
    class_names: tuple[str, ...]
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        images, labels, ids = self.images, self.labels, self.ids
        if images.ndim != 3 or images.dtype != np.uint8:
            raise self._wrong(f"images are {images.dtype} {images.shape}", "uint8 (n, h, w)")
        for what, array in (("labels", labels), ("ids", ids)):
            if array.dtype != np.int64 or array.shape != images.shape[:1]:
                raise self._wrong(
                    f"{what} are {array.dtype} {array.shape}", f"int64 ({len(images)},)"
                )
        if len(labels) and not (labels.min() >= 0 and labels.max() < self.classes):
            raise self._wrong(
                f"labels run from {labels.min()} to {labels.max()}", f"0 … {self.classes - 1}"
            )
        if len(np.unique(ids)) != len(ids):
            raise self._wrong(f"{len(ids) - len(np.unique(ids))} ids are repeated", "unique ids")

    def _wrong(self, found: str, expected: str) -> DataError:
        return DataError(
            f"symbols of '{self.origin}': {found}, expected {expected}; "
            "check how the arrays were read"
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        count, height, width = self.images.shape
        return (
            f"<Symbols of {self.origin}: {count:,} images of {self.classes} classes, "
            f"{height}×{width} pixels>"
        )

    def _repr_html_(self) -> str:
        names = [self.class_names[label] for label in self.labels[:SHOWN]]
        return paragraph(repr(self)[1:-1]) + contact_strip(self.images, names)

    @property
    def classes(self) -> int:
        """Number of classes, whether or not each has an image here."""
        return len(self.class_names)

    def take(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> Symbols:
        """Return the images at `index` (integers without repeats, or a mask), ids kept."""
        return Symbols(
            self.images[index],
            self.labels[index],
            self.ids[index],
            self.origin,
            self.licence,
            self.class_names,
            self.remarks,
        )

    def joined(self, other: Symbols) -> Symbols:
        """Return these images followed by those of `other`, which must be of the same origin.

        Raises
        ------
        DataError
            Where sizes differ or an id is in both.
        """
        if self.images.shape[1:] != other.images.shape[1:]:
            raise self._wrong(
                f"images of {self.images.shape[1:]} joined to {other.images.shape[1:]}", "one size"
            )
        return Symbols(
            np.concatenate([self.images, other.images]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.ids, other.ids]),
            self.origin,
            self.licence,
            self.class_names,
            self.remarks,
        )


@dataclass(frozen=True, eq=False, repr=False)
class SymbolSet:
    """A source with its own division into training and test images.

    Parameters
    ----------
    name : str
        As given to `load_symbols`.
    train, test : Symbols
        Of the same classes and size, sharing no id.
    own_split : bool
        Whether the source says itself which images are for test; else they were divided here.

    Raises
    ------
    DataError
        Where the two parts do not fit each other.
    """

    name: str
    train: Symbols
    test: Symbols
    own_split: bool = True

    def __repr__(self) -> str:
        sizes = f"{len(self.train):,} training and {len(self.test):,} test images"
        return f"<SymbolSet {self.name}: {sizes}>"

    def _repr_html_(self) -> str:
        return self.train._repr_html_() + self.test._repr_html_()

    def __post_init__(self) -> None:
        shared = np.intersect1d(self.train.ids, self.test.ids)
        if len(shared):
            raise DataError(
                f"'{self.name}': {len(shared)} ids are in training and test (first {shared[0]}), "
                "expected none; give each image an id of its own"
            )
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise DataError(
                f"'{self.name}': training images are {self.train.images.shape[1:]}, test images "
                f"{self.test.images.shape[1:]}, expected one size; resize one of them"
            )
        if self.train.class_names != self.test.class_names:
            raise DataError(
                f"'{self.name}': training and test name different classes; "
                "give both the same label folders"
            )
