"""Streamed images as training takes them: cut into parts, and made ahead of their batch."""

from __future__ import annotations

import contextlib
import contextvars
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.tasks.streams.streamed_images import StreamedImages

__all__ = ["StreamedParts"]

AHEAD = 4
"""Batches that are made before they are asked for."""


class StreamedParts:
    """Stands for the tensor ``(n * parts, h, w)`` that a strategy's net sees of images.

    Parameters
    ----------
    images : StreamedImages
    cut : callable
        From images ``(n, H, W)`` to the parts of each ``(n * parts, h, w)``.

    Attributes
    ----------
    shape : (int, int, int)
    """

    def __init__(self, images: StreamedImages, cut: Callable[[NDArray[np.uint8]], Tensor]) -> None:
        self.images, self._cut = images, cut
        one = cut(np.zeros((1, *images.shape[1:]), np.uint8))
        self._parts = len(one)
        height, width = (int(side) for side in one.shape[1:])
        self.shape = (len(images) * self._parts, height, width)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Tensor) -> Tensor:
        """Return the parts with these numbers, in this order; an image is made once."""
        numbers = index.cpu().numpy()
        if self._parts == 1:
            return self._cut(self.images.rows(numbers))
        whole, place = np.unique(numbers // self._parts, return_inverse=True)
        parts = self._cut(self.images.rows(whole))
        return parts[torch.from_numpy(place * self._parts + numbers % self._parts)]

    def ahead(
        self, rows: Iterable[Tensor], device: torch.device
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield index tensors with their parts on the device; a thread makes the next few."""
        made: queue.Queue[Any] = queue.Queue(AHEAD)
        ended = threading.Event()

        def put(thing: Any) -> None:
            while not ended.is_set():
                with contextlib.suppress(queue.Full):
                    made.put(thing, timeout=0.1)
                    return

        def make() -> None:
            try:
                for index in rows:
                    put((index, self[index]))
                    if ended.is_set():
                        return
                put(None)
            except BaseException as error:
                put(error)

        thread = threading.Thread(
            target=contextvars.copy_context().run, args=(make,), name="prefetch", daemon=True
        )
        thread.start()
        try:
            while (found := made.get()) is not None:
                if isinstance(found, BaseException):
                    raise found
                index, parts = found
                yield index, parts.to(device)
        finally:
            ended.set()
            thread.join()
