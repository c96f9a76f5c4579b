"""Which number format training multiplies in, chosen by a measurement and said aloud."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch.nn import functional as F

from glyphlab._common.errors import UnknownName

__all__ = ["autocast", "probe", "resolve_device", "resolve_precision"]

PRECISIONS = ("auto", "bfloat16", "float32")
WORTH = 1.2
"""bfloat16 is taken where it is at least this many times as fast as float32."""


@functools.cache
def probe(device: str = "cpu") -> dict[str, Any]:
    """Measure a training-sized convolution in float32 and in bfloat16.

    Returns
    -------
    dict
        ``device``, ``float32_ms`` and ``bfloat16_ms`` (the shortest of several, since what else the
        machine does can only add), their ``ratio`` and the ``choice``. Cached for the life of the
        process.
    """
    float32, bfloat16 = (min(passes) for passes in zip(*_convolution_ms(device), strict=True))
    return {
        "device": device,
        "float32_ms": round(float32, 2),
        "bfloat16_ms": round(bfloat16, 2),
        "ratio": round(float32 / bfloat16, 2),
        "choice": "bfloat16" if float32 / bfloat16 >= WORTH else "float32",
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


def _convolution_ms(device: str, repeats: int = 7) -> list[tuple[float, float]]:
    """Return the milliseconds of a forward and backward pass in float32 and in bfloat16, in pairs.

    On a CPU one thread takes them, by its own clock, which stands while others have the core: with
    more threads, each waiting for the last, a busy machine made the slower format look faster.
    """
    generator = torch.Generator().manual_seed(0)
    # on a GPU enough of them that computing takes longer than launching, which is the same in both
    count = 32 if device == "cpu" else 1024
    images = torch.rand(count, 32, 42, 42, generator=generator).to(device)
    weight = torch.rand(64, 32, 3, 3, generator=generator).to(device).requires_grad_()
    images = images.contiguous(memory_format=torch.channels_last)
    fine = time.get_clock_info("thread_time").resolution < 1e-4  # on some systems it ticks slowly
    clock = time.thread_time if device == "cpu" and fine else time.perf_counter

    def pass_ms(name: str) -> float:
        started = clock()
        with autocast(device, name):
            loss = F.conv2d(images, weight, padding=1).float().mean()
        torch.autograd.grad(loss, weight)
        if device == "cuda":
            torch.cuda.synchronize()
        return 1e3 * (clock() - started)

    with _one_thread():
        pass_ms("float32"), pass_ms("bfloat16")  # what is set up once is no part of a pass
        return [(pass_ms("float32"), pass_ms("bfloat16")) for _ in range(repeats)]


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
