"""What a training runs on: resolved when it begins, kept when it is resumed, written in its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from glyphlab._common.machine import usable_cores
from glyphlab._common.progress import note
from glyphlab.backends import COMPILED, PLAIN
from glyphlab.backends.cuda import CAPTURED
from glyphlab.models.strategies import Strategy
from glyphlab.runs.engine import Engine
from glyphlab.training.precision import resolve_device, resolve_precision
from glyphlab.training.trainers.gradient.step import is_sharded

__all__ = ["engine_for", "engines_sentence"]


def engine_for(
    device: str,
    precision: str,
    net: nn.Module | None = None,
    begun: Engine | None = None,
    against_capture: str = "nobody asked for it",
    strategy: Strategy | None = None,
) -> Engine:
    """Return what to train on: what is asked for, or what the training was begun on.

    Where this machine cannot go on as it was begun, what is different is said.

    Parameters
    ----------
    device : {'auto', 'cpu', 'cuda'}
    precision : {'auto', 'float32', 'bfloat16'}
    net : torch.nn.Module, optional
        What is trained, where compiled loops may train it.
    begun : Engine, optional
        What a checkpoint was written on; then the first two are not asked.
    against_capture : str
        Why its steps cannot be captured on a GPU, or are not to be; empty where they may be.
    strategy : Strategy, optional
        What has the loss; some losses leave compiled loops out.

    Raises
    ------
    UnknownName
        For a device or precision that is none, or is not there.
    """
    if begun is None:
        found = resolve_device(device)
        chosen = resolve_precision(precision, found)
        backend = _backend(net, found, chosen, against_capture, strategy)
        return Engine(found, chosen, torch.get_num_threads(), backend)
    found = begun.device
    if found == "cuda" and not torch.cuda.is_available():
        found = "cpu"
        note(
            "started on cuda, which this machine does not have: continues on the CPU, so the "
            "last bits "
            "of the weights differ from those of one long run"
        )
    backend = _backend(net, found, begun.precision, against_capture, strategy)
    if found == begun.device == "cuda" and begun.backend == PLAIN:
        backend = PLAIN  # captured steps round otherwise
    if found == begun.device and backend != begun.backend:
        note(
            f"started with {begun.backend} and continues with {backend}, as this machine has it: "
            "the "
            "last bits of the weights differ from those of one long run"
        )
    if found == "cpu" and begun.threads > (cores := usable_cores()):
        note(
            f"started on {begun.threads} threads, and continues with the same number on {cores} "
            f"core{'' if cores == 1 else 's'}: the same sums, more slowly"
        )
    return Engine(found, begun.precision, begun.threads, backend)


def engines_sentence(engines: Mapping[str, Sequence[str]]) -> str:
    """Say which models ran on which engine; empty where all ran on the same one.

    Parameters
    ----------
    engines : mapping of str to sequence of str
        The engines of each model's runs, in words.
    """
    models: dict[str, list[str]] = {}
    for model, found in engines.items():
        for engine in found:
            models.setdefault(engine, []).append(model)
    if len(models) < 2:
        return ""
    parts = [f"{', '.join(names)} on {engine}" for engine, names in sorted(models.items())]
    return f"Trained on several engines: {'; '.join(parts)}."


def _backend(
    net: nn.Module | None,
    device: str,
    precision: str,
    against_capture: str,
    strategy: Strategy | None = None,
) -> str:
    if device == "cuda":
        return PLAIN if against_capture else CAPTURED
    sharded = net is not None and is_sharded(net, device, precision, strategy)
    return COMPILED if sharded else PLAIN
