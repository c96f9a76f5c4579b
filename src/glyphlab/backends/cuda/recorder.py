"""What records a body of operations, to be launched again as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch

__all__ = ["GraphRecorder", "Recorder"]

WARM_UP = 3
"""Runs before a recording: libraries choose their kernels, and optimizers make their state."""


class Recorder(Protocol):
    """Runs a body a few times, and records it."""

    def warm(self, body: Callable[[], None]) -> None:
        """Run a body as often as it takes to have made all that it makes once."""

    def record(
        self, body: Callable[[], None], generators: Sequence[torch.Generator]
    ) -> Callable[[], None]:
        """Record a body without running it, and return what runs it.

        Parameters
        ----------
        body : callable
        generators : sequence of torch.Generator
            All that it draws from.
        """


class GraphRecorder:
    """Records CUDA graphs, which share their memory: only one of them runs at a time."""

    def __init__(self) -> None:
        # One stream for all of it: a node of autograd stays with the stream that it was made on.
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._pool: Any = None

    def warm(self, body: Callable[[], None]) -> None:
        """Run a body a few times beside the stream of all else, as recordings do."""
        current = torch.cuda.current_stream()
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            for _ in range(WARM_UP):
                body()
        current.wait_stream(self._stream)

    def record(
        self, body: Callable[[], None], generators: Sequence[torch.Generator]
    ) -> Callable[[], None]:
        """Record a body, and return what launches it on the current stream."""
        graph = torch.cuda.CUDAGraph()
        for generator in generators:
            graph.register_generator_state(generator)
        # The outer block puts the stream back, which torch does not where a recording fails.
        with (
            torch.cuda.stream(torch.cuda.current_stream()),
            torch.cuda.graph(graph, pool=self._pool, stream=self._stream),
        ):
            body()
        self._pool = graph.pool()
        torch.cuda.synchronize()
        return graph.replay
