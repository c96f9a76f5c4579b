"""What a training ran on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pydantic.dataclasses import dataclass

from glyphlab.runs.records import STRICT

__all__ = ["Engine"]


@dataclass(frozen=True, config=STRICT)
class Engine:
    """Device, number format, threads and loops of one training.

    Two trainings of one recipe on one engine end in the same bits. The engine is no part of a
    recipe, so that a finished run stays finished on another machine.

    Attributes
    ----------
    device : {'cpu', 'cuda'}
    precision : {'float32', 'bfloat16', 'float64'}
        What is multiplied in.
    threads : int
        That sums are split over.
    backend : str
        ``'torch'``, ``'numba'`` where compiled loops train, ``'cuda graph'`` where whole steps are
        captured and replayed, or a library of classical models with its version.
    """

    device: str
    precision: str
    threads: int
    backend: str

    def __str__(self) -> str:
        threads = f"{self.threads} thread{'' if self.threads == 1 else 's'}"
        return f"{self.device} in {self.precision}, {threads}, {self.backend}"

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """Let torch sum as the engine does in this block, and as before after it.

        Sums are split over the engine's threads. On a GPU cuDNN leaves out those kernels that add
        in an order of their own each time: two trainings could not end in the same bits.
        """
        import torch

        before, cudnn = torch.get_num_threads(), torch.backends.cudnn
        chosen = cudnn.deterministic, cudnn.benchmark
        torch.set_num_threads(self.threads)
        if self.device == "cuda":
            cudnn.deterministic, cudnn.benchmark = True, False
        try:
            yield
        finally:
            torch.set_num_threads(before)
            if self.device == "cuda":
                cudnn.deterministic, cudnn.benchmark = chosen
