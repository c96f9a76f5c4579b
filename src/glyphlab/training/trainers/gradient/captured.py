"""Steps of an optimizer on a GPU, each captured as a whole and replayed."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from glyphlab._common.progress import note
from glyphlab.backends.cuda import (
    CaptureFailed,
    GraphRecorder,
    Replayed,
    Tally,
    capture_is_off,
    rate_from,
)
from glyphlab.models.nets.base import Net
from glyphlab.models.strategies import Strategy
from glyphlab.models.strategies.base import ByClasses, by_cross_entropy
from glyphlab.recipes import TrainingRecipe
from glyphlab.training.trainers.gradient.step import Step

__all__ = ["CapturedStep", "reason_against_capture"]

ON_THE_HOST = ("nadam",)
"""Optimizers that compute something of each step with numbers of the host."""


def reason_against_capture(net: nn.Module, strategy: Strategy, settings: TrainingRecipe) -> str:
    """Return why the steps of a training cannot be captured, or are not to be; empty if they can.

    Whether there is a GPU is not asked.
    """
    if off := capture_is_off():
        return off
    if not (isinstance(net, Net) and net.capturable):
        return "the net does not say that it may be captured (Net.capturable)"
    kind: Any = type(strategy)
    if not by_cross_entropy(strategy) or kind.count_correct is not ByClasses.count_correct:
        return f"strategy '{strategy.name}' has a loss of its own"
    if settings.optimizer in ON_THE_HOST:
        return f"optimizer '{settings.optimizer}' computes with numbers of the host"
    return ""


class CapturedStep:
    """Takes the steps that a `Step` takes, by replaying them; losses are asked for later.

    The last batches of an epoch are smaller by one image: each size has a recording of its own.
    The numbers of a training are not those of a `Step`, since rates are float32 and masks are
    drawn on the device; they repeat to the bit.

    Parameters
    ----------
    step : Step
        Of a net that stands where it is trained, and whose checkpoint, if any, is loaded.

    Attributes
    ----------
    failed : bool
        Whether a step could not be recorded: then no other is tried.
    """

    def __init__(self, step: Step) -> None:
        self.step, self.failed = step, False
        device = step.device
        self.rate = torch.zeros((), device=device)
        self.tally: Tally[tuple[int, int]] = Tally(2, device)
        self.generator = torch.Generator(device)
        self.replayed = Replayed(GraphRecorder(), self._changed, self.generator)
        self._held: dict[Hashable, tuple[Tensor, Tensor]] = {}

    @property
    def seconds(self) -> float:
        """Seconds that recording took."""
        return self.replayed.seconds

    def __call__(
        self, images: Tensor, targets: Tensor, rate: float, seed: int, number: int
    ) -> bool:
        """Train on one batch, or leave it to the ordinary step.

        Parameters
        ----------
        images : (n, 1, h, w) tensor
        targets : (n, heads) int64 tensor
        rate : float
            Learning rate of this step.
        seed : int
            Of the masks of dropout.
        number : int
            Of the batch, in its epoch.

        Returns
        -------
        bool
            Whether it was taken; False leaves everything as it was.
        """
        key = (tuple(images.shape), images.dtype, tuple(targets.shape), targets.dtype)
        if self.failed or not self.replayed.takes(key):
            return False
        if key not in self._held:
            self._held[key] = images.clone(), targets.clone()
        held = self._held[key]
        held[0].copy_(images)
        held[1].copy_(targets)
        self.rate.fill_(rate)
        rate_from(self.step.optimizer, self.rate)
        try:
            self.replayed.run(key, partial(self._body, *held), seed)
        except CaptureFailed as error:
            self.failed = True
            rate_from(self.step.optimizer, None)
            note(
                f"a step cannot be captured on this GPU ({error}): steps run one operation at a "
                "time, which is slower"
            )
            return False
        self.tally.expect((number, len(images)))
        return True

    def take(self) -> list[tuple[int, int, float, int]]:
        """Wait for the steps so far; return number, images, loss and correct ones of each batch."""
        found = self.tally.take()
        return [(number, count, loss, round(right)) for (number, count), (loss, right) in found]

    def _body(self, images: Tensor, targets: Tensor) -> None:
        step = self.step
        masks = step.masks(len(images), self.generator)
        loss, logits = step.gradients(images, targets, masks)
        correct = (logits.detach().argmax(-1) == targets).all(1).sum()
        step.lay_out_gradients()
        loss = loss + step.penalty.on_device(step.net)
        step.penalty.add_to_gradients(step.net)
        step.optimizer.step()
        self.tally.put(torch.stack([loss.float(), correct.float()]))

    def _changed(self) -> list[Tensor]:
        net, optimizer = self.step.net, self.step.optimizer
        of_optimizer = [v for state in optimizer.state.values() for v in state.values()]
        return [*net.parameters(), *net.buffers(), *of_optimizer, *self.tally.tensors]
