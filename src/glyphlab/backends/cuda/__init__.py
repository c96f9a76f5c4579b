"""Whole training steps, captured once as a CUDA graph and replayed.

A step of a small net is hundreds of short operations, and on a fast GPU launching them takes ten
times as long as computing them. Captured, all of a step is launched at once. What a captured step
reads and writes stays where it was in memory: a caller copies a batch into the same tensors before
each replay, the learning rate is a tensor, and what the step leaves is collected in a `Tally`.

Chance inside a step comes from a generator of the device that is seeded anew, by name, before every
replay. So nothing of it has to be in a checkpoint.
"""

from __future__ import annotations

from glyphlab.backends.cuda.recorder import GraphRecorder, Recorder
from glyphlab.backends.cuda.replayed import CaptureFailed, Replayed
from glyphlab.backends.cuda.switch import CAPTURED, capture_is_off
from glyphlab.backends.cuda.tally import Tally
from glyphlab.backends.cuda.to_gpu import copied_to, rate_from

__all__ = [
    "CAPTURED",
    "CaptureFailed",
    "GraphRecorder",
    "Recorder",
    "Replayed",
    "Tally",
    "capture_is_off",
    "copied_to",
    "rate_from",
]
