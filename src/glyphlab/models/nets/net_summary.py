"""A net told layer by layer, as Keras tells it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = ["count_parameters", "summary"]


def count_parameters(net: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def summary(net: nn.Module, input_shape: tuple[int, int, int]) -> str:
    """Return a table of layers, output shapes and parameters.

    Parameters
    ----------
    net : torch.nn.Module
        Any net.
    input_shape : (channels, height, width)
        Shape of one input.
    """
    rows: list[tuple[str, str, str]] = []
    hooks = []
    for name, module in net.named_modules():
        if not list(module.children()) and list(module.parameters(recurse=False)):
            hooks.append(module.register_forward_hook(_recorder(rows, name)))
    was_training = net.training
    try:
        with torch.no_grad():
            logits = net.eval()(torch.zeros(1, *input_shape))
    finally:
        net.train(was_training)
        for hook in hooks:
            hook.remove()
    rows.append(("logits", _shape(logits), "0"))
    header = ("Layer (type)", "Output shape", "Param #")
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(3)]
    lines = [_line(header, widths), "  ".join("─" * width for width in widths)]
    lines += [_line(row, widths) for row in rows]
    lines += ["", f"Trainable parameters: {count_parameters(net):,}"]
    return "\n".join(lines)


def _recorder(rows: list[tuple[str, str, str]], name: str) -> Any:
    def record(module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        own = sum(p.numel() for p in module.parameters(recurse=False))
        rows.append((f"{name} ({type(module).__name__.lstrip('_')})", _shape(output), f"{own:,}"))

    return record


def _shape(output: torch.Tensor) -> str:
    return "(n, " + ", ".join(str(side) for side in output.shape[1:]) + ")"


def _line(cells: tuple[str, str, str], widths: list[int]) -> str:
    return f"{cells[0]:<{widths[0]}}  {cells[1]:<{widths[1]}}  {cells[2]:>{widths[2]}}".rstrip()
