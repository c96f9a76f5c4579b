"""One step of an optimiser, over the whole batch at once or split over the cores."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import torch
from torch import Tensor, nn

from glyphlab.backends import ConvPass, Shards, reason_against
from glyphlab.backends.cuda import copied_to
from glyphlab.models.nets.base import Net
from glyphlab.models.strategies import Strategy
from glyphlab.models.strategies.base import by_cross_entropy
from glyphlab.optim.optimizers import laid_out_as
from glyphlab.optim.regularization import NO_PENALTY, Penalty
from glyphlab.optim.threaded_adam import ThreadedAdam
from glyphlab.training.precision import autocast

__all__ = ["Step", "is_sharded"]


def is_sharded(
    net: nn.Module, device: str, precision: str, strategy: Strategy | None = None
) -> bool:
    """Whether a batch is split over threads, one a core, instead of each operation.

    Only for a net that says it is `shardable` (nothing in it looks across the batch) and a strategy
    whose loss does not either, where the compiled loops are installed: they run on the thread that
    calls them.
    """
    return (
        isinstance(net, Net)
        and net.shardable
        and not getattr(strategy, "looks_across_batch", False)  # strategies of others have none
        and device == "cpu"
        and precision == "float32"
        and not reason_against()
    )


class Step:
    """A callable that takes one step: gradients of the mean loss, then the optimiser.

    Parameters
    ----------
    net : torch.nn.Module
        A `Net` may have more to say; any other module is trained as a whole, without masks.
    optimizer : torch.optim.Optimizer
        Over the net's parameters; its rate is set at each call.
    strategy : Strategy
        Has the loss.
    label_smoothing : float
        Label smoothing in [0, 1).
    precision : {'float32', 'bfloat16'}
        What the forward pass multiplies in.
    penalty : Penalty
        On the kernels; part of the loss.
    """

    def __init__(
        self,
        net: nn.Module,
        optimizer: torch.optim.Optimizer,
        strategy: Strategy,
        label_smoothing: float,
        precision: str,
        penalty: Penalty = NO_PENALTY,
    ) -> None:
        self.net, self.optimizer, self.penalty = net, optimizer, penalty
        self.strategy, self.label_smoothing, self.precision = strategy, label_smoothing, precision
        self.parameters = [p for p in net.parameters() if p.requires_grad]
        self.device = self.parameters[0].device.type
        self.threads = torch.get_num_threads()
        self.shards: Shards | None = None
        self.compiled: ConvPass | None = None
        if is_sharded(net, self.device, precision, strategy):
            self.shards = Shards(self.threads)
            # the compiled pass takes the gradient of the cross-entropy by itself
            if isinstance(net, Net) and by_cross_entropy(strategy):
                self.compiled = net.compiled_pass()

    def __call__(
        self,
        images: Tensor,
        targets: Tensor,
        rate: float,
        generator: torch.Generator | None = None,
    ) -> tuple[float, int]:
        """Train on one batch.

        Parameters
        ----------
        images : (n, 1, h, w) tensor
        targets : (n, heads) int64 tensor
        rate : float
            Learning rate of this step.
        generator : torch.Generator, optional
            On the CPU; draws the masks of a `Net`.

        Returns
        -------
        loss : float
            Mean loss in nats and the penalty, before the step.
        correct : int
            How many items were right at every head, before the step.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        masks = self.masks(len(images), generator)
        if self.shards is None:
            loss, correct = self._whole(images, targets, masks)
        elif self.compiled is not None and self.compiled.takes(images, targets):
            loss, correct = self.compiled.gradients(
                self.shards, images, targets, self.label_smoothing
            )
        else:
            loss, correct = self._sharded(self.shards, images, targets, masks)
        self.lay_out_gradients()
        loss += self.penalty.add_gradients(self.net)
        if self.shards is not None and isinstance(self.optimizer, ThreadedAdam):
            self.optimizer.step_over(self.shards)
        else:
            self.optimizer.step()
        return loss, correct

    def masks(self, count: int, generator: torch.Generator | None) -> tuple[list[Tensor], ...]:
        """Return what else the net takes: its masks, where it draws any."""
        if generator is None or not isinstance(self.net, Net):
            return ()
        masks = [copied_to(self.device, mask) for mask in self.net.draw_masks(count, generator)]
        return (masks,) if masks else ()

    def gradients(
        self, images: Tensor, targets: Tensor, masks: tuple[list[Tensor], ...]
    ) -> tuple[Tensor, Tensor]:
        """Set the gradients of the mean loss over a batch as a whole; return loss and logits."""
        with autocast(self.device, self.precision):
            logits: Tensor = self.net(images, *masks)
        loss = self.strategy.loss(logits, targets, self.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach(), logits

    def lay_out_gradients(self) -> None:
        """Lay out the gradients as their parameters, as fused optimizers walk them."""
        for parameter in self.parameters:
            parameter.grad = laid_out_as(parameter, parameter.grad)

    def _whole(
        self, images: Tensor, targets: Tensor, masks: tuple[list[Tensor], ...]
    ) -> tuple[float, int]:
        loss, logits = self.gradients(images, targets, masks)
        return float(loss), self.strategy.count_correct(logits, targets)

    def _sharded(
        self, shards: Shards, images: Tensor, targets: Tensor, masks: tuple[list[Tensor], ...]
    ) -> tuple[float, int]:
        correct: dict[int, int] = {}

        def loss(rows: slice) -> Tensor:
            logits = self.net(images[rows], *([mask[rows] for mask in part] for part in masks))
            correct[rows.start] = self.strategy.count_correct(logits, targets[rows])
            share = (rows.stop - rows.start) / len(images)
            mean = self.strategy.loss(logits, targets[rows], self.label_smoothing)
            weighted: Tensor = mean * share
            return weighted

        value = shards.gradients(loss, self.parameters, len(images))
        return float(value), sum(correct.values())

    def __enter__(self) -> Self:
        if self.shards is not None:
            # A second pool of spinning threads would fight the shards for the cores.
            torch.set_num_threads(1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.shards is not None:
            self.shards.close()
            torch.set_num_threads(self.threads)
