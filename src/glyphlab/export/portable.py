"""A finished run with everything that another program needs to answer as it does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from glyphlab._common.errors import UsageError
from glyphlab._common.machine import require_memory
from glyphlab.models.nets.cells_net import CellsNet, cut
from glyphlab.models.nets.computed_operations import computed
from glyphlab.models.nets.operations import Operation, operations_of
from glyphlab.models.own.given import OwnNet
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.training.batches import part_size
from glyphlab.training.evaluation.inference import views_of
from glyphlab.training.evaluation.loaded_models import load_net, load_strategy

__all__ = ["PortableNet", "power_of", "require_classifier", "round_kernels"]

_ROOM = 64
"""Bytes of a pixel that a net reads, at least: itself and what its layers make of it."""


@dataclass(frozen=True, eq=False)
class PortableNet:
    """The net of a finished run.

    Attributes
    ----------
    run : Run
    recipe : Recipe
    strategy : Strategy
    net : torch.nn.Module
        On the CPU, in evaluation mode.
    cells : (int, int)
        Rows and columns of cells that the net itself cuts out and reads one by one.
    size : (int, int)
        Height and width of what the operations read: of a part of an image, or of a cell of it.
    operations : tuple of Operation
        What is done to each of them.
    """

    run: Run
    recipe: Recipe
    strategy: Strategy
    net: nn.Module
    cells: tuple[int, int]
    size: tuple[int, int]
    operations: tuple[Operation, ...]

    @classmethod
    def load(cls, run: Run, *, half: bool = False) -> Self:
        """Load the net of a finished run.

        Parameters
        ----------
        run : Run
        half : bool
            Whether its kernels are rounded to what float16 holds.

        Raises
        ------
        UsageError
            For a net that is not made of known operations.
        RunError
            Where the run does not fit its model.
        """
        require_classifier(run)
        recipe = Recipe.from_mapping(run.recipe, str(run.path))
        if recipe.model.is_estimator:
            raise UsageError(
                f"{run.name} is of a classical model, and a page runs nets alone: use --onnx FILE"
            )
        strategy, net = load_strategy(run), load_net(run).eval()
        if half:
            round_kernels(net)
        state = run.classifier_summary.strategy_state
        height, width = part_size(strategy, state.height, state.width)
        inner, cells = net, (1, 1)
        if isinstance(net, CellsNet):
            inner, cells = net.reader, net.grid
            height, width = height // cells[0], width // cells[1]
        if isinstance(inner, OwnNet):
            inner = inner.net
        try:
            operations = operations_of(inner, (1, height, width))
        except UsageError as error:
            raise UsageError(f"the net of {run.name} cannot be exported: {error}") from error
        found = cls(run, recipe, strategy, net, cells, (height, width), tuple(operations))
        found.require_same()
        return found

    def require_same(self) -> None:
        """Insist that the operations give the net's own logits, of two images of noise.

        Raises
        ------
        UsageError
            Where they do not, as of a net of one's own that says other operations than it does; or
            where no memory holds the images.
        """
        rows, columns = self.cells
        size = (2, self.size[0] * rows, self.size[1] * columns)
        require_memory(
            _ROOM * math.prod(size),
            f"two images of {size[2]}×{size[1]} pixels, as {self.run.name} reads them,",
            "if that is not their size its folder is damaged, so train it again",
        )
        images = torch.rand(size, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            expected = self.net(images.unsqueeze(1))
            try:
                cells = cut(images, self.cells).unsqueeze(1)
                found = computed(self.operations, cells).reshape(expected.shape)
            except RuntimeError as error:
                raise self._other(error) from error
        away = float((found - expected).abs().max())
        if not away <= 1e-4 * max(1.0, float(expected.abs().max())):
            raise self._other(f"its logits differ by {away:.2g}")

    def _other(self, reason: object) -> UsageError:
        return UsageError(
            f"the net of {self.run.name} cannot be exported, as the operations that it is said to "
            f"consist of compute something else ({' '.join(str(reason).split())[:160]}): correct "
            "its method 'operations', or the order of its layers"
        )

    def logits(self, parts: NDArray[np.uint8], views: int = 1) -> NDArray[np.float32]:
        """Return the logits ``(n, heads, classes)`` of parts ``(n, h, w)``, as PyTorch has them.

        With more views than one they are the logarithms of the probabilities of all of them.
        """
        images = torch.from_numpy(np.ascontiguousarray(parts))
        with torch.no_grad():
            if views == 1:
                found = self.net(images.unsqueeze(1)).float()
            else:
                logs = [
                    torch.log_softmax(self.net(one).float(), -1) for one in views_of(images, views)
                ]
                found = torch.log_softmax(torch.stack(logs).mean(0), -1)
        return np.asarray(found.numpy(), np.float32)


def require_classifier(run: Run) -> None:
    """Insist on a run that reads images.

    Raises
    ------
    UsageError
        For a generator's.
    """
    if isinstance(run.summary, GeneratorSummary):
        raise UsageError(
            f"{run.name} is a generator, which reads nothing and is not exported: name the run of "
            "a classifier"
        )


def round_kernels(net: nn.Module) -> None:
    """Round what has two axes or more to float16 times a power of two for each, in place."""
    with torch.no_grad():
        for value in net.parameters():
            if value.ndim > 1:
                power = power_of(value.numpy())
                value.copy_((value / power).half().float() * power)


def power_of(values: NDArray[np.float32]) -> float:
    """Return the power of two that brings the largest of some values to 0.5 to 1; 1 for zeros."""
    largest = float(np.abs(values).max(initial=0.0))
    return 2.0 ** int(np.frexp(largest)[1]) if largest else 1.0
