"""What stands for an array of images, and makes them when they are asked for."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.machine import require_memory

__all__ = ["CHUNK", "StreamedImages", "chosen_images", "images_in_order"]

CHUNK = 512
"""Images that are made at a time where all are wanted one after another."""


class StreamedImages(abc.ABC):
    """Images ``(n, H, W)`` uint8, indexed like an array; each index makes new arrays.

    Asked for twice, an image is the same. `numpy.asarray` makes all of them.

    Attributes
    ----------
    shape : (int, int, int)
    dtype, ndim
        Those of an array of images.
    """

    dtype = np.dtype(np.uint8)
    ndim = 3

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.shape = shape

    @abc.abstractmethod
    def rows(self, index: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the images with these numbers from 0, in this order."""

    @abc.abstractmethod
    def take(self, index: NDArray[np.int64]) -> Self:
        """Return what stands for these images alone, in this order; none is made."""

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> NDArray[np.uint8]:
        numbers = np.arange(len(self))[index]
        if np.ndim(numbers) == 0:
            image: NDArray[np.uint8] = self.rows(np.array([numbers]))[0]
            return image
        return self.rows(numbers)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        for images in images_in_order(self):
            yield from images

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("streamed images are made, and cannot be had without a copy")
        require_memory(
            int(np.prod(self.shape)), f"{len(self):,} images", "ask for fewer, or for a part"
        )
        whole = np.empty(self.shape, np.uint8)
        start = 0
        for images in images_in_order(self):
            whole[start : start + len(images)] = images
            start += len(images)
        return whole if dtype is None else whole.astype(dtype)


def images_in_order(
    images: NDArray[np.uint8] | StreamedImages, size: int = CHUNK
) -> Iterator[NDArray[np.uint8]]:
    """Yield images in parts of at most `size`, one after another."""
    for start in range(0, len(images), size):
        yield images[start : start + size]


def chosen_images(images: NDArray[np.uint8], index: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the images with these numbers: an array of an array, and a stream of a stream."""
    if isinstance(images, StreamedImages):
        return cast("NDArray[np.uint8]", images.take(np.arange(len(images))[index]))
    chosen: NDArray[np.uint8] = images[index]
    return chosen
