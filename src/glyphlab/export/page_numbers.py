"""Numbers in a page: what a net computes as JSON, and its arrays as one text."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.export.portable import power_of
from glyphlab.models.nets.operations import (
    Activation,
    CellMaxima,
    Conv,
    Dense,
    Flatten,
    MaxPool,
    MeanPool,
    Operation,
    Residual,
    Scale,
)

__all__ = ["PageArrays", "packed_images", "written"]

Floats = NDArray[np.float32]


@dataclass
class PageArrays:
    """Arrays that a page refers to by number.

    Those that float16 holds exactly, times a power of two, are written as that, and all others as
    float32.
    """

    tensors: list[dict[str, Any]] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)

    def add(self, values: Floats) -> int:
        """Write an array down and return its number."""
        found = _halves(values)
        half, scale = found if found is not None else (values.astype("<f4"), 1.0)
        self.content += bytes(-len(self.content) % 4)
        self.tensors.append(
            {
                "half": found is not None,
                "start": len(self.content),
                "count": int(values.size),
                "scale": scale,
            }
        )
        self.content += half.tobytes()
        return len(self.tensors) - 1

    @property
    def text(self) -> str:
        """All of them, in base64."""
        return base64.b64encode(bytes(self.content)).decode()


def _halves(values: Floats) -> tuple[NDArray[np.float16], float] | None:
    for scale in (power_of(values), power_of(values) / 2):
        half = (values / np.float32(scale)).astype("<f2")
        if np.array_equal(half.astype(np.float32) * np.float32(scale), values):
            return half, scale
    return None


def written(operations: Iterable[Operation], arrays: PageArrays) -> list[dict[str, Any]]:
    """Return operations as the page's own net reads them, their arrays by number."""
    return [_written(one, arrays) for one in operations]


def _written(one: Operation, arrays: PageArrays) -> dict[str, Any]:
    if isinstance(one, Conv | Dense):
        found: dict[str, Any] = {
            "kind": "dense" if isinstance(one, Dense) else "conv",
            "weight": arrays.add(one.weight),
            "bias": None if one.bias is None else arrays.add(one.bias),
            "outputs": len(one.weight),
        }
        if isinstance(one, Conv):
            kernel = list(one.weight.shape[2:])
            found |= {"kernel": kernel, "stride": one.stride, "padding": one.padding}
        return found
    if isinstance(one, Scale):
        return {"kind": "scale", "factor": arrays.add(one.factor), "shift": arrays.add(one.shift)}
    if isinstance(one, Residual):
        return {
            "kind": "residual",
            "main": written(one.main, arrays),
            "shortcut": written(one.shortcut, arrays),
        }
    if isinstance(one, MaxPool):
        return {"kind": "pool", "size": one.size, "stride": one.stride}
    if isinstance(one, MeanPool):
        return {"kind": "mean"}
    if isinstance(one, CellMaxima):
        return {"kind": "cells", "rows": one.rows, "columns": one.columns}
    if isinstance(one, Flatten):
        return {"kind": "flatten", "channels_last": one.channels_last}
    assert isinstance(one, Activation)
    return {"kind": "activation", "name": one.name}


def packed_images(images: NDArray[np.uint8], ground: int) -> str:
    """Return images as one text: the level of the ground is followed by how often it comes (1-255).

    Parameters
    ----------
    images : (n, H, W) uint8
    ground : int
        The level that most pixels have.
    """
    flat = images.ravel()
    changes = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0], changes])
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    content = bytearray()
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        level = int(flat[start])
        if level != ground:
            content += bytes([level]) * length
            continue
        for first in range(0, length, 255):
            content += bytes([ground, min(255, length - first)])
    return base64.b64encode(bytes(content)).decode()
