"""The digits that come with scikit-learn, scaled into 28×28 the way MNIST is.

1,797 handwritten digits of 8×8 pixels (E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten
Digits*, UCI Machine Learning Repository, 1998; the test part of that set). MNIST fitted each digit
into a 20×20 box keeping its proportions and put its centre of mass at the centre of 28×28 (Y. LeCun
et al., *Gradient-based learning applied to document recognition*, 1998); the same is done here.
"""

from __future__ import annotations

import functools
import hashlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphlab._common.seeds import numpy_rng
from glyphlab.data.prepare.placing import placed_by_mass
from glyphlab.data.symbols import Symbols, SymbolSet

__all__ = ["LICENCE", "digest_of_digits", "embedded_digits", "fit_like_mnist"]

LICENCE = "CC BY 4.0 (UCI Optical Recognition of Handwritten Digits)"
SIDE = 28
BOX = 20
TEST_SHARE = 0.2
_SPLIT_SEED = 20


def fit_like_mnist(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale the ink of one image into a 20×20 box and centre its mass in 28×28.

    Parameters
    ----------
    image : (h, w) uint8
        Ink on a background of 0.

    Returns
    -------
    (28, 28) uint8
        All zero where the image has no ink.
    """
    rows, columns = (np.flatnonzero((image > 0).sum(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((SIDE, SIDE), np.uint8)
    ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    zoom = BOX / max(ink.shape)
    height, width = (max(1, round(length * zoom)) for length in ink.shape)
    # Pillow widens its bicubic kernel when shrinking, so both directions are antialiased.
    scaled = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC))
    return placed_by_mass(scaled, (SIDE, SIDE))


@functools.cache
def embedded_digits() -> SymbolSet:
    """Return the embedded digits: 28×28, one fifth of each class for test, ids in file order."""
    from sklearn.datasets import load_digits  # half a second to import, so only when asked for

    pixels, target = load_digits(return_X_y=True)
    small = np.round(pixels.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    labels = target.astype(np.int64)
    everything = Symbols(
        np.stack([fit_like_mnist(image) for image in small]),
        labels,
        np.arange(len(labels), dtype=np.int64),
        "digits",
        LICENCE,
        tuple("0123456789"),
    )
    rng = numpy_rng(_SPLIT_SEED, "digits", "test")
    for_test = np.zeros(len(labels), bool)
    for digit in range(10):
        members = np.flatnonzero(labels == digit)
        for_test[rng.permutation(members)[: round(len(members) * TEST_SHARE)]] = True
    return SymbolSet("digits", everything.take(~for_test), everything.take(for_test))


@functools.cache
def digest_of_digits() -> str:
    """Return the digest of the embedded digits as they are drawn here: Pillow's scaling counts."""
    whole = hashlib.sha256()
    for part in (embedded_digits().train, embedded_digits().test):
        for array in (part.images, part.labels, part.ids):
            whole.update(array.tobytes())
    return whole.hexdigest()[:16]
