"""Where a training stands: one safetensors file, with all that is no tensor in its header.

Every loop has a `Position` of its own and tensors of its own, each under the name of what it
belongs to: ``net.…``, ``optimizer.0.…``, and ``best.…`` for the weights that are kept so far.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import TypeAdapter
from torch import Tensor, nn

from glyphlab._common.errors import RunError
from glyphlab.optim.optimizers import laid_out_as
from glyphlab.runs.documents import removal, typed, unreadable
from glyphlab.runs.engine import Engine
from glyphlab.runs.history import checked_rows
from glyphlab.runs.locks.lease import require_lease
from glyphlab.runs.locks.lock import lock_of
from glyphlab.runs.tensors import read_state, read_tensors, write_tensors
from glyphlab.training.selection import Selection

__all__ = [
    "CHECKPOINT",
    "CHECKPOINT_SECONDS",
    "Position",
    "load_optimizer",
    "optimizer_tensors",
    "prefixed",
    "recorded_engine",
    "require_epochs",
    "require_shapes",
    "resumed",
    "save_checkpoint",
    "under",
]

CHECKPOINT = "checkpoint.safetensors"
CHECKPOINT_SECONDS = 15.0
"""Longest stretch of training that a kill can cost, unless a caller says otherwise."""


@dataclass(kw_only=True)
class Position:
    """Where a training stands between two steps, as far as all loops have it in common.

    All chance is derived by name from the seed and the step, so that numbers are the whole state of
    the samplers.

    Attributes
    ----------
    engine : Engine
        What it runs on.
    selection : Selection
        The epoch whose weights are kept so far.
    seconds : float
        In training steps, over all the times the run was resumed.
    history : list of dict
        One row for every finished epoch.
    """

    engine: Engine
    selection: Selection = field(default_factory=Selection)
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


P = TypeVar("P", bound=Position)


def save_checkpoint(path: Path, position: Position, tensors: Mapping[str, Tensor]) -> None:
    """Write a position and what goes with it as one file, whole or not at all."""
    require_lease(lock_of(path.parent))
    write_tensors(path, tensors, asdict(position))


def resumed(path: Path | None, begun: P, load: Callable[[dict[str, Tensor], P], None]) -> P:
    """Return where a training goes on: as it was begun, or where the checkpoint says.

    Parameters
    ----------
    path : Path or None
        Of the checkpoint, if there is to be one.
    begun : Position
        Of a training that begins; its engine is what it goes on with.
    load : callable
        Puts the tensors of a checkpoint back, given its position too; may raise what tensors of
        another recipe make it raise.

    Raises
    ------
    RunError
        Where the file does not fit, or is no checkpoint.
    """
    if path is None or not path.exists():
        return begun
    position = typed(TypeAdapter(type(begun)), read_state(path), path)
    position.history = [*checked_rows(position.history, path)]
    try:
        load(read_tensors(path), position)
    except (IndexError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise RunError(
            f"{path} is no checkpoint of this recipe ({type(error).__name__}): "
            f"remove the run with `{removal(path.parent)}` and train it again"
        ) from error
    position.engine = begun.engine
    return position


def recorded_engine(path: Path) -> Engine | None:
    """Return what a checkpoint was written on; None where there is no checkpoint.

    Raises
    ------
    RunError
        Where the file is no checkpoint.
    """
    if not path.exists():
        return None
    return typed(TypeAdapter(Engine), read_state(path).get("engine"), path)


def require_epochs(path: Path, position: Position, ended: int) -> None:
    """Insist on a row of history for each of the epochs that have ended.

    Raises
    ------
    RunError
        Where there is another number of them, or they are others.
    """
    if [row["epoch"] for row in position.history] != list(range(1, ended + 1)):
        raise unreadable(path, f"its history has not a row for each of {ended} epochs")


def require_shapes(tensors: Mapping[str, Tensor], net: nn.Module) -> None:
    """Insist that weights are of this net; `ValueError` where they are of another."""
    wanted = {name: tensor.shape for name, tensor in net.state_dict().items()}
    if {name: tensor.shape for name, tensor in tensors.items()} != wanted:
        raise ValueError("weights of another net")


def prefixed(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors under the name of what they belong to."""
    return {f"{name}.{key}": tensor for key, tensor in tensors.items()}


def under(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return those of the tensors that `prefixed` put under a name."""
    prefix = f"{name}."
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def optimizer_tensors(name: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the state of an optimiser, under a name."""
    return {
        f"{name}.{number}.{key}": value
        for number, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
    }


def load_optimizer(
    name: str, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]
) -> None:
    """Put the state of an optimiser back from what stands under a name.

    Raises
    ------
    ValueError
        Where it is the state of another optimiser, or of other weights.
    """
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor | None]] = {}
    for place, value in under(name, tensors).items():
        number, key = place.split(".", 1)
        state.setdefault(int(number), {})[key] = laid_out_as(parameters[int(number)], value)
    left = _state_after_a_step(optimizer)
    for at, kept in state.items():
        if {key: value.shape for key, value in kept.items() if value is not None} != left.get(at):
            raise ValueError("optimiser's state of other weights")
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _state_after_a_step(optimizer: torch.optim.Optimizer) -> dict[int, dict[str, torch.Size]]:
    """Return the shapes that an optimiser keeps, by the number of the parameter.

    They are known to the optimiser alone, and only after a step: a copy of it takes one.
    """
    other = copy.deepcopy(optimizer)
    vars(other).update({**vars(optimizer), **vars(other)})  # a copy has torch's attributes alone
    for group in other.param_groups:
        for parameter in group["params"]:
            parameter.grad = torch.zeros_like(parameter)
    other.step()
    return {
        number: {key: value.shape for key, value in state.items()}
        for number, state in other.state_dict()["state"].items()
    }
