"""What a card can do at most: operations and bytes a second, measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

__all__ = ["ceilings", "median_seconds", "wait"]


def wait(device: str) -> None:
    """Wait until the card is done; a processor is at once."""
    if device == "cuda":
        torch.cuda.synchronize()


def ceilings(device: str, smoke: bool) -> dict[str, float]:
    """Return operations a second of large products, and bytes a second of a large copy."""
    side, size = (256, 1 << 20) if smoke else (8192, 1 << 30)
    found: dict[str, float] = {}
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")  # as convolutions in float32 multiply on a GPU
    for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        one = torch.randn(side, side, device=device, dtype=dtype)
        other, out = torch.randn_like(one), torch.empty_like(one)

        def product(one: Any = one, other: Any = other, out: Any = out) -> None:
            torch.mm(one, other, out=out)

        found[name] = 2 * side**3 / median_seconds(product, device)
    torch.set_float32_matmul_precision(before)
    source = torch.randint(0, 256, (size,), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    found["bytes"] = 2 * size / median_seconds(lambda: target.copy_(source), device)
    return found


def median_seconds(run: Callable[[], Any], device: str, rounds: int = 9, times: int = 5) -> float:
    """Return the median seconds of a call, after two rounds that do not count."""
    found = []
    for number in range(rounds + 2):
        wait(device)
        started = time.perf_counter()
        for _ in range(times):
            run()
        wait(device)
        if number > 1:
            found.append((time.perf_counter() - started) / times)
    return statistics.median(found)
