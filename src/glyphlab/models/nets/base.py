"""What training asks of a net besides logits."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from glyphlab.models.nets.net_html import net_html
from glyphlab.models.nets.net_summary import count_parameters

if TYPE_CHECKING:
    from glyphlab.backends import ConvPass

__all__ = ["Net", "WithoutDropout"]


class Net(nn.Module, abc.ABC):
    """A net that says how it may be trained.

    A module that is no `Net` is trained on whole batches, without masks, and not by Muon. A net
    around another one hands on what that one answers.

    Attributes
    ----------
    shardable : bool
        Whether nothing in it looks across the batch, so that a batch may be split over threads.
    capturable : bool
        Whether it is the same operations on the device whatever the images hold, and waits for
        none of them, so that a step may be captured on a GPU and replayed.
    """

    shardable: bool = False
    capturable: bool = False

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: {count_parameters(self):,} parameters; str() has its layers>"
        )

    def __str__(self) -> str:
        return super().__repr__()

    def _repr_html_(self) -> str:
        return net_html(self)

    @property
    def scale_free_weights(self) -> Sequence[Tensor]:
        """Filter banks whose scale has no effect, as in front of a batch norm."""
        return ()

    @abc.abstractmethod
    def draw_masks(self, count: int, generator: torch.Generator) -> list[Tensor]:
        """Draw what dropout keeps of `count` images: bool tensors ``(count, …)``, one a layer.

        They are drawn where the generator is. In training `forward` takes them after the images,
        those rows that belong to these. No answer is safe for every net: each gives its own, or is
        `WithoutDropout`.
        """

    def compiled_pass(self) -> ConvPass | None:
        """Return what takes a batch there and back without autograd; None where nothing does."""
        return None


class WithoutDropout(Net):
    """A net whose `forward` takes images alone."""

    def draw_masks(self, count: int, generator: torch.Generator) -> list[Tensor]:
        """Draw nothing."""
        del count, generator
        return []
