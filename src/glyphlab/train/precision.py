"""Which number format training multiplies in, chosen by a measurement and said aloud."""

from __future__ import annotations

import contextlib
import functools
import statistics
import time
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch.nn import functional as F

from glyphlab.errors import UnknownName

__all__ = ["autocast", "probe", "resolve_device", "resolve_precision"]

PRECISIONS = ("auto", "bfloat16", "float32")
WORTH = 1.3
"""bfloat16 is taken where it is at least this many times as fast as float32."""


@functools.cache
def probe(device: str = "cpu") -> dict[str, Any]:
    """Measure a training-sized convolution in float32 and in bfloat16.

    Returns
    -------
    dict
        ``device``, ``float32_ms``, ``bfloat16_ms`` (the shortest of several), ``ratio`` (median of
        float32 time over the bfloat16 time after it) and ``choice``. Cached for the life of the
        process.
    """
    times = _convolution_ms(device)
    ratio = statistics.median(single / half for single, half in times)
    return {
        "device": device,
        "float32_ms": round(min(single for single, _ in times), 2),
        "bfloat16_ms": round(min(half for _, half in times), 2),
        "ratio": round(ratio, 2),
        "choice": "bfloat16" if ratio >= WORTH else "float32",
    }


def resolve_precision(asked: str, device: str) -> str:
    """Return ``'float32'`` or ``'bfloat16'`` for what was asked.

    Raises
    ------
    UnknownName
        For anything but ``auto``, ``float32`` and ``bfloat16``.
    """
    if asked not in PRECISIONS:
        raise UnknownName("precision", asked, PRECISIONS)
    return str(probe(device)["choice"]) if asked == "auto" else asked


def resolve_device(asked: str) -> str:
    """Return ``'cpu'`` or ``'cuda'`` for ``'auto'``, ``'cpu'`` or ``'cuda'``.

    Raises
    ------
    UnknownName
        For any other word, and for ``'cuda'`` where there is none.
    """
    present = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    if asked == "auto":
        return present[-1]
    if asked not in present:
        raise UnknownName("device on this machine", asked, ["auto", *present])
    return asked


def autocast(device: str, precision: str) -> AbstractContextManager[Any]:
    """Return the context that a forward pass runs in."""
    if precision == "float32":
        return contextlib.nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16)


def _convolution_ms(device: str, repeats: int = 15) -> list[tuple[float, float]]:
    """Return the milliseconds of a forward and backward pass in float32 and in bfloat16, in pairs.

    The formats take turns, so that what else runs on the machine meets both.
    """
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(32, 16, 42, 42, generator=generator).to(device)
    weight = torch.rand(32, 16, 3, 3, generator=generator).to(device).requires_grad_()
    images = images.contiguous(memory_format=torch.channels_last)

    def pass_ms(name: str) -> float:
        started = time.perf_counter()
        with autocast(device, name):
            loss = F.conv2d(images, weight, padding=1).float().mean()
        torch.autograd.grad(loss, weight)
        if device == "cuda":
            torch.cuda.synchronize()
        return 1e3 * (time.perf_counter() - started)

    pass_ms("float32"), pass_ms("bfloat16")  # what is set up once is no part of a pass
    return [(pass_ms("float32"), pass_ms("bfloat16")) for _ in range(repeats)]
