"""What a training of Play is like after an epoch: its first layer, and what it makes of images."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab._common.errors import RunError
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.tensors import read_state, read_tensors
from glyphlab.serve.playing.play_data import SHOWN, PlayData, play_data
from glyphlab.training.batches import part_size
from glyphlab.training.checkpoint import CHECKPOINT, under
from glyphlab.training.evaluation.inference import read
from glyphlab.training.evaluation.loaded_models import fitting
from glyphlab.training.initial_net import make_net
from glyphlab.training.targets import strategy_for

__all__ = ["FrameMaker", "PlayFrame"]

KERNELS = 16
"""Of the first layer, that are shown at most."""
_TIMES = 5
"""A checkpoint may be written anew while it is read; more often than this it is not."""


@dataclass(frozen=True)
class PlayFrame:
    """A training after one of its epochs.

    Attributes
    ----------
    epoch : int
        From 1.
    kernels : (n, h, w) float32
        The first layer, what each channel or unit multiplies the image with.
    predicted : list of str
        For each validation image.
    confidence : (n,) float32
    wrong : list of int
        The validation images that are predicted wrongly.
    """

    epoch: int
    kernels: NDArray[np.float32]
    predicted: list[str]
    confidence: NDArray[np.float32]
    wrong: list[int]

    def to_json(self) -> dict[str, Any]:
        """Return what a page shows of it: the first images, and kernels in 255 steps."""
        scale = float(np.abs(self.kernels).max(initial=1e-12))
        steps = np.rint(self.kernels / scale * 127).astype(np.int8)
        return {
            "epoch": self.epoch,
            "wrong": len(self.wrong),
            "of": len(self.predicted),
            "shown_wrong": [one for one in self.wrong if one < SHOWN],
            "predicted": self.predicted[:SHOWN],
            "confidence": [round(float(one), 3) for one in self.confidence[:SHOWN]],
            "kernels": {
                "count": len(steps), "height": steps.shape[1], "width": steps.shape[2],
                "scale": scale, "steps": base64.b64encode(steps.tobytes()).decode(),
            },
        }  # fmt: skip


class FrameMaker:
    """Makes the frames of one run.

    Parameters
    ----------
    folder : Path
        A run of Play, finished or not.

    Raises
    ------
    GlyphlabError
        Where its recipe cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = Run(folder, read_recipe(folder))
        self.recipe = Recipe.from_mapping(self.run.recipe, str(folder))
        self.data: PlayData = play_data(self.recipe.task)
        self.strategy = strategy_for(self.recipe, self.data.task)

    def of_checkpoint(self, after: int) -> PlayFrame | None:
        """Return how the training stands at the end of an epoch.

        Parameters
        ----------
        after : int
            The last epoch that is known already.

        Returns
        -------
        PlayFrame or None
            None where there is no checkpoint, or none of a later epoch. Of one within an epoch it
            is the epoch that validation prefers so far.

        Raises
        ------
        RunError
            Where the file is no checkpoint of this recipe.
        """
        path = self.folder / CHECKPOINT
        for _ in range(_TIMES):
            try:
                state = read_state(path)
                name, epoch = "net", state.get("epoch", 0)
                if state.get("batch"):  # within an epoch: the weights that are kept so far
                    name, epoch = "best", state.get("selection", {}).get("epoch", 0)
                if not isinstance(epoch, int) or epoch <= after:
                    return None
                weights = under(name, read_tensors(path))
                if weights and read_state(path) == state:
                    return self._frame(epoch, weights)
            except RunError:
                if not path.exists():  # not yet, or no more
                    return None
                raise
        return None

    def of_finished(self) -> PlayFrame:
        """Return how the finished run is, with the weights that validation selected.

        Raises
        ------
        RunError
            Where the run is not finished, or damaged.
        """
        epoch = Run.load(self.folder).classifier_summary.best_epoch
        return self._frame(epoch, self.run.load_tensors("model.safetensors"))

    def _frame(self, epoch: int, weights: dict[str, Tensor]) -> PlayFrame:
        val = self.data.task.val
        height, width = val.images.shape[1:]
        with fitting(self.run):
            net = make_net(self.recipe, self.strategy, height, width)
            net.load_state_dict(weights)
            found = read(net, self.strategy, val.images)
        predicted = self.data.texts(np.asarray(found.labels))
        wrong = [
            number
            for number, (one, true) in enumerate(zip(predicted, self.data.truths, strict=True))
            if one != true
        ]
        return PlayFrame(
            epoch, _first_layer(net, *part_size(self.strategy, height, width)), predicted,
            found.confidence, wrong,
        )  # fmt: skip


def _first_layer(net: nn.Module, height: int, width: int) -> NDArray[np.float32]:
    """Return the weights of the layer that meets the image, ``(n, h, w)``."""
    first = next(one for one in net.modules() if isinstance(one, nn.Conv2d | nn.Linear))
    weights = first.weight.detach()[:KERNELS]
    shape = weights.shape[2:] if weights.ndim == 4 else torch.Size((height, width))
    return np.asarray(weights.reshape(len(weights), *shape).numpy(), np.float32)
