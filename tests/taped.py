"""A recording on the CPU that can do no more than a CUDA graph: for tests of captured steps.

The operations of a body are kept with the very tensors and numbers that they had. Played back,
none of the body's Python runs again; what was a number stays what it was; and what needs a number
from the device while it is recorded fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

WARM_UP = 3


class TapeRecorder:
    """Stands in for `glyphlab.backends.cuda.GraphRecorder`."""

    recorded: list[int] = []  # noqa: RUF012
    """Operations of each recording, of all recorders; a test empties it."""

    def warm(self, body: Callable[[], None]) -> None:
        for _ in range(WARM_UP):
            body()

    def record(
        self, body: Callable[[], None], generators: Sequence[torch.Generator]
    ) -> Callable[[], None]:
        tape = _Tape()
        with tape:
            body()
        self.recorded.append(len(tape.operations))
        return tape.play


class _Tape(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.operations: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("operation not permitted when stream is capturing: it waits")
        found = func(*args, **(kwargs or {}))
        self.operations.append((func, args, kwargs or {}, found))
        return found

    @torch.no_grad()
    def play(self) -> None:
        for func, args, kwargs, found in self.operations:
            again = func(*args, **kwargs)
            for old, new in zip(tree_leaves(found), tree_leaves(again), strict=True):
                if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)
