"""Which images are taken for test where a source does not say it itself.

The choice depends on what the images show and on nothing else: neither the order of the files nor
their names change it, and copies of one image stay on one side.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["TEST_SHARE", "held_back"]

TEST_SHARE = 0.2


def held_back(images: NDArray[np.uint8], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which images are for test: a fifth of each class, at least one where it has two.

    Parameters
    ----------
    images : (n, h, w) uint8
    labels : (n,) int64

    Returns
    -------
    (n,) bool
        Of a class those of the smallest digests. Copies of an image that is taken are taken too,
        whatever their class, unless a class would have none left to train on.
    """
    digests = [hashlib.blake2b(image.tobytes(), digest_size=8).digest() for image in images]
    contents = np.array([int.from_bytes(one, "big") for one in digests], np.uint64)
    _, content = np.unique(contents, return_inverse=True)  # numbered in the order of the digests
    copies = np.split(np.argsort(content, kind="stable"), np.cumsum(np.bincount(content))[:-1])
    classes = int(labels.max(initial=0)) + 1
    counts = np.bincount(labels, minlength=classes)
    wanted = np.where(counts > 1, np.maximum(1, np.rint(TEST_SHARE * counts)), 0)
    taken, took = np.zeros(len(labels), bool), np.zeros(classes, np.int64)
    for label in np.flatnonzero(counts):
        for one in np.unique(content[labels == label]):
            if took[label] >= wanted[label]:
                break
            members = copies[one]
            of_each = np.bincount(labels[members], minlength=classes)
            if not taken[members[0]] and ((took + of_each < counts) | (of_each == 0)).all():
                taken[members] = True
                took += of_each
    return taken
