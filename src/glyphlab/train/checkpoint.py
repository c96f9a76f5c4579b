"""Where training stands: one safetensors file, with all that is no tensor in its header."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from safetensors.torch import save
from torch import Tensor, nn

from glyphlab.errors import RunError
from glyphlab.files import atomic_path
from glyphlab.runs.documents import removal, typed, unreadable
from glyphlab.runs.engine import Engine
from glyphlab.runs.history import checked_rows
from glyphlab.runs.tensors import read_state, read_tensors
from glyphlab.train.optim import laid_out_as
from glyphlab.train.selection import Selection

__all__ = ["Position", "load_checkpoint", "recorded_engine", "save_checkpoint"]


@dataclass
class Position:
    """Where training stands between two batches.

    All chance is derived by name from the seed, the epoch and the batch, so these numbers are the
    whole state of the samplers.

    Attributes
    ----------
    engine : Engine
        What it runs on.
    epoch, batch : int
        The next batch to train on.
    loss_sum, correct, seen : float, int, int
        Running sums of the epoch that is under way.
    selection : Selection
        The epoch with the best validation exact match so far.
    train_seconds : float
        Seconds spent in training steps.
    history : list of dict
        One row for every finished epoch.
    """

    engine: Engine
    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    selection: Selection = field(default_factory=Selection)
    train_seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


_POSITION = TypeAdapter(Position)


def save_checkpoint(
    path: Path,
    position: Position,
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    best: dict[str, Tensor] | None,
) -> None:
    """Write weights, optimiser, best weights and position as one file, whole or not at all."""
    tensors = {f"net.{name}": tensor for name, tensor in net.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in (best or {}).items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{key}": value for key, value in state.items()}
    header = {"position": json.dumps(asdict(position))}
    whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    content: bytes = save(whole, header)  # not save_file, which hides that the disk is full
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load_checkpoint(
    path: Path, net: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[Position, dict[str, Tensor] | None]:
    """Put a checkpoint back into a net and an optimiser.

    Raises
    ------
    RunError
        Where the file does not fit the net, or is no checkpoint.
    """
    position = _position(path)
    try:
        tensors = read_tensors(path)
        net.load_state_dict(_under("net.", tensors))
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        state: dict[int, dict[str, Tensor | None]] = {}
        for name, value in _under("optimizer.", tensors).items():
            number, key = name.split(".", 1)
            state.setdefault(int(number), {})[key] = laid_out_as(parameters[int(number)], value)
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        best = _under("best.", tensors) or None
        if best is not None and (
            _shapes(best) != _shapes(net.state_dict())
            or not 1 <= position.selection.epoch <= position.epoch
        ):
            raise ValueError("best weights of another net, or of no epoch")
    except (IndexError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise RunError(
            f"{path} is no checkpoint of this recipe ({type(error).__name__}): "
            f"remove the run with `{removal(path.parent)}` and train it again"
        ) from error
    return position, best


def _position(path: Path) -> Position:
    position = typed(_POSITION, read_state(path, "position"), path)
    position.history = [*checked_rows(position.history, path)]
    if [row["epoch"] for row in position.history] != list(range(1, position.epoch + 1)):
        raise unreadable(path, f"its history has not a row for each of {position.epoch} epochs")
    if min(position.batch, position.seen) < 0 or (position.batch > 0) != (position.seen > 0):
        raise unreadable(path, f"{position.seen} images seen in {position.batch} batches")
    return position


def _shapes(tensors: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


def recorded_engine(path: Path) -> Engine | None:
    """Return what a checkpoint was written on; None where there is no checkpoint.

    Raises
    ------
    RunError
        Where the file is no checkpoint.
    """
    return _position(path).engine if path.exists() else None


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
