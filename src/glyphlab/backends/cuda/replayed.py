"""Bodies of steps: recorded when they are first met, replayed from then on."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable

import torch
from torch import Tensor

from glyphlab.backends.cuda.recorder import Recorder

__all__ = ["CaptureFailed", "Replayed"]

MOST = 16
"""Recordings that are kept at most: each holds on to memory."""


class CaptureFailed(RuntimeError):
    """A body cannot be recorded; everything is as it was before."""


class Replayed:
    """Runs bodies of operations by replaying them.

    Parameters
    ----------
    recorder : Recorder
    changed : callable
        Returns every tensor that a body changes and that outlives it, the same objects each time.
        To record a body it is run; then those that were there are put back, and those that came
        up meanwhile, as the state of an optimizer does, are set to zero, as which they begin.
    generator : torch.Generator
        What bodies draw from; of the device.

    Attributes
    ----------
    seconds : float
        That recording took.
    """

    def __init__(
        self,
        recorder: Recorder,
        changed: Callable[[], Iterable[Tensor]],
        generator: torch.Generator,
    ) -> None:
        self.recorder, self.changed, self.generator = recorder, changed, generator
        self.seconds = 0.0
        self._replays: dict[Hashable, Callable[[], None]] = {}

    def takes(self, key: Hashable) -> bool:
        """Whether `run` takes a body of this key: one that it knows, or one more."""
        return key in self._replays or len(self._replays) < MOST

    def run(self, key: Hashable, body: Callable[[], None], seed: int) -> None:
        """Run a body.

        Parameters
        ----------
        key : hashable
            Names the body: where it is known, the recording is replayed.
        body : callable
            The same operations on the same tensors each time.
        seed : int
            The generator begins with it.

        Raises
        ------
        CaptureFailed
            Where it cannot be recorded, or not be run; nothing is changed then.
        """
        if key not in self._replays:
            started = time.perf_counter()
            self._replays[key] = self._recorded(body)
            self.seconds += time.perf_counter() - started
        self.generator.manual_seed(seed)
        self._replays[key]()

    def _recorded(self, body: Callable[[], None]) -> Callable[[], None]:
        before = {id(tensor): tensor.detach().clone() for tensor in self.changed()}
        try:
            self.recorder.warm(body)
            return self.recorder.record(body, [self.generator])
        except RuntimeError as error:
            raise CaptureFailed(str(error).strip().partition("\n")[0]) from error
        finally:
            with torch.no_grad():
                for tensor in self.changed():
                    kept = before.get(id(tensor))
                    _ = tensor.zero_() if kept is None else tensor.copy_(kept)
