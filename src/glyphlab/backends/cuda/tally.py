"""What every step leaves, kept on the device until somebody asks for it."""

from __future__ import annotations

from typing import Generic, TypeVar

import torch
from torch import Tensor

__all__ = ["Tally"]

T = TypeVar("T")
ROOM = 1024
"""Steps between two questions at most."""


class Tally(Generic[T]):
    """A row of numbers a step: asking after each would let the device wait for the host.

    Parameters
    ----------
    columns : int
        Numbers of a step.
    device : str
    """

    def __init__(self, columns: int, device: str) -> None:
        self._rows = torch.zeros(ROOM, columns, device=device)
        self._next = torch.zeros(1, dtype=torch.int64, device=device)
        self._steps: list[T] = []

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """What `put` changes."""
        return self._rows, self._next

    @property
    def is_full(self) -> bool:
        """Whether `take` must come before the next step."""
        return len(self._steps) == ROOM

    def put(self, numbers: Tensor) -> None:
        """Keep the numbers ``(columns,)`` of a step: a part of the step, on the device."""
        self._rows.index_copy_(0, self._next, numbers.detach().float().view(1, -1))
        self._next.add_(1)

    def expect(self, step: T) -> None:
        """Note, on the host, which step it was."""
        self._steps.append(step)

    def take(self) -> list[tuple[T, list[float]]]:
        """Wait for all steps so far, and return what each left; begin anew."""
        if not self._steps:
            return []
        found = self._rows[: len(self._steps)].tolist()
        taken = list(zip(self._steps, found, strict=True))
        self._steps = []
        self._next.zero_()
        return taken
