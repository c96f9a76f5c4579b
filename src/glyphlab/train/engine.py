"""What a training runs on: resolved when it begins, kept when it is resumed, written in its run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from glyphlab.progress import note
from glyphlab.train.precision import resolve_device, resolve_precision
from glyphlab.train.step import is_sharded

__all__ = ["Engine", "engine_for", "engines_sentence"]

UNKNOWN = "an engine that was not recorded"


@dataclass(frozen=True)
class Engine:
    """Device, number format, threads and loops of one training.

    Two trainings of one recipe on one engine end in the same bits. The engine is no part of a
    recipe, so that a finished run stays finished on another machine.

    Attributes
    ----------
    device : {'cpu', 'cuda'}
    precision : {'float32', 'bfloat16', 'float64'}
        What is multiplied in.
    threads : int
        That sums are split over.
    backend : str
        ``'torch'``, ``'numba'`` where compiled loops train, or a library of classical models with
        its version.
    """

    device: str
    precision: str
    threads: int
    backend: str

    def __str__(self) -> str:
        threads = f"{self.threads} thread{'' if self.threads == 1 else 's'}"
        return f"{self.device} in {self.precision}, {threads}, {self.backend}"

    @classmethod
    def of_json(cls, content: object) -> Engine | None:
        """Return the engine that a checkpoint or a summary names; None where it names none."""
        names = ("device", "precision", "threads", "backend")
        if not isinstance(content, Mapping) or set(content) != set(names):
            return None
        return cls(*(content[name] for name in names))

    @classmethod
    def described(cls, summary: Mapping[str, Any]) -> str:
        """Return the engine of a run in words, from its summary."""
        return str(cls.of_json(summary.get("engine")) or UNKNOWN)

    def facts(self) -> dict[str, Any]:
        """Return what a run's summary says of it."""
        return {
            "precision": self.precision,
            "device": self.device,
            "threads": self.threads,
            "engine": asdict(self),
        }

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """Let torch split sums over the engine's threads in this block, and as before after it."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def engine_for(
    device: str, precision: str, net: nn.Module | None = None, begun: Engine | None = None
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

    Raises
    ------
    UnknownName
        For a device or precision that is none, or is not there.
    """
    if begun is None:
        found = resolve_device(device)
        chosen = resolve_precision(precision, found)
        return Engine(found, chosen, torch.get_num_threads(), _backend(net, found, chosen))
    found = begun.device
    if found == "cuda" and not torch.cuda.is_available():
        found = "cpu"
        note(
            "begun on cuda, which this machine does not have: goes on on the CPU, so the last bits "
            "of the weights differ from those of one long run"
        )
    backend = _backend(net, found, begun.precision)
    if found == begun.device and backend != begun.backend:
        note(
            f"begun with {begun.backend} and goes on with {backend}, as this machine has it: the "
            "last bits of the weights differ from those of one long run"
        )
    if found == "cpu" and begun.threads > (cores := _cores()):
        note(
            f"begun on {begun.threads} threads, and goes on with as many on {cores} "
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


def _backend(net: nn.Module | None, device: str, precision: str) -> str:
    return "numba" if net is not None and is_sharded(net, device, precision) else "torch"


def _cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
