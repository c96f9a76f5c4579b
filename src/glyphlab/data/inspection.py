"""What images are like before anything is learned: blanks, copies, polarity, balance."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import names_in_short
from glyphlab.data.symbols import Symbols

__all__ = ["MOSTLY", "Inspection", "inspect_symbols", "is_dark_on_light"]

MOSTLY = 0.9
"""Share of images from which on the others are exceptions."""
UNBALANCED = 10
"""Times as many images of one class as of another."""
DIM = 64
"""Brightest pixel below which images hardly show anything."""
_HALF = 128


@dataclass(frozen=True)
class Inspection:
    """What images are like.

    Attributes
    ----------
    size : (int, int)
        Height and width.
    classes : dict of str to (int, int)
        Training and test images of each class, by its name.
    blank : int
        Images without a difference between two pixels.
    dark_on_light : float
        Share of the other images whose border is light, 0 to 1.
    brightest : int
        Brightest pixel of all.
    copies_in_training : int
        Training images that show pixel for pixel what an earlier one shows.
    test_in_training : int
        Test images that show pixel for pixel what a training image shows.
    two_labels : int
        Different images that occur with more than one label.
    """

    size: tuple[int, int]
    classes: dict[str, tuple[int, int]]
    blank: int
    dark_on_light: float
    brightest: int
    copies_in_training: int
    test_in_training: int
    two_labels: int

    @property
    def remarks(self) -> tuple[str, ...]:
        """What of it matters, a sentence each; nothing of images as they should be."""
        return (*self._of_images(), *self._of_copies(), *self._of_classes())

    def to_json(self) -> dict[str, Any]:
        """Return the document of it."""
        return {**asdict(self), "remarks": list(self.remarks)}

    def _of_images(self) -> list[str]:
        total = sum(map(sum, self.classes.values()))
        said = []
        if self.blank:
            said.append(
                "all images are blank" if self.blank == total
                else f"blank images: {self.blank:,} of {total:,}"
            )  # fmt: skip
        if self.dark_on_light >= 1 - MOSTLY:
            share = (
                "images are" if self.dark_on_light >= MOSTLY
                else f"{self.dark_on_light:.0%} of the images are"
            )  # fmt: skip
            said.append(
                f"{share} dark on light, and ink is bright on black here: 'glyphlab data import' "
                "inverts them (--invert)"
            )
        if self.brightest < DIM and self.blank < total:
            said.append(f"the brightest pixel is {self.brightest} of 255")
        return said

    def _of_copies(self) -> list[str]:
        said = []
        if self.test_in_training:
            tests = sum(test for _, test in self.classes.values())
            said.append(
                f"test images that are copies of training images: {self.test_in_training:,} of "
                f"{tests:,}, so that scores on them are too high"
            )
        if self.copies_in_training:
            said.append(f"training images that are copies of others: {self.copies_in_training:,}")
        if self.two_labels:
            said.append(f"images with two labels: {self.two_labels:,}")
        return said

    def _of_classes(self) -> list[str]:
        training = {name: train for name, (train, _) in self.classes.items() if train}
        if not training:
            return []
        if len(training) == 1:
            return [f"one class only ('{next(iter(training))}'): nothing can be learned"]
        said = []
        single = [name for name, count in training.items() if count == 1]
        if single:
            said.append(f"one training image only of {names_in_short('', single)}")
        by_count = sorted(training, key=training.__getitem__)
        least, most = by_count[0], by_count[-1]
        if training[most] >= UNBALANCED * training[least] > 0:
            said.append(
                f"unbalanced: {training[most]:,} training images of '{most}', "
                f"{training[least]:,} of '{least}'"
            )
        return said


def inspect_symbols(train: Symbols, test: Symbols) -> Inspection:
    """Look at the images of a source.

    Parameters
    ----------
    train, test : Symbols
        Of the same classes.
    """
    blank = dark = seen = brightest = 0
    for part in (train, test):
        if not len(part):
            continue
        flat = part.images.reshape(len(part), -1)
        shown = flat.max(1) > flat.min(1)
        blank += int((~shown).sum())
        seen += int(shown.sum())
        dark += int(is_dark_on_light(part.images)[shown].sum())
        brightest = max(brightest, int(flat.max(initial=0)))
    counts = [np.bincount(part.labels, minlength=train.classes).tolist() for part in (train, test)]
    of_train, of_test = _contents(train), _contents(test)
    both = np.concatenate([of_train, of_test])
    labels = np.concatenate([train.labels, test.labels]).astype(np.uint64)
    pairs = np.unique(np.stack([both, labels]), axis=1)
    labels_of = np.unique(pairs[0], return_counts=True)[1]
    height, width = train.images.shape[1:]
    return Inspection(
        (height, width),
        {name: (a, b) for name, a, b in zip(train.class_names, *counts, strict=True)},
        blank,
        dark / max(1, seen),
        brightest,
        len(of_train) - len(np.unique(of_train)),
        int(np.isin(of_test, of_train).sum()),
        int((labels_of > 1).sum()),
    )


def is_dark_on_light(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which images ``(n, h, w)`` have a light border: its middle grey is above half."""
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    light: NDArray[np.bool_] = np.median(np.concatenate(edges, axis=1), axis=1) >= _HALF
    return light


def _contents(part: Symbols) -> NDArray[np.uint64]:
    """Return a number for what each image shows, the same of copies alone."""
    digests = (hashlib.blake2b(image.tobytes(), digest_size=8).digest() for image in part.images)
    return np.array([int.from_bytes(one, "big") for one in digests], np.uint64)
