"""What a layer of a net makes of images."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab._common.errors import UnknownName, UsageError

__all__ = ["activations", "layer_names", "layer_outputs"]

CHUNK = 512


def layer_names(net: nn.Module) -> list[str]:
    """Return the names of a net's layers, in the order they were added."""
    return [name for name, _ in net.named_modules() if name]


def activations(net: nn.Module, layer: str, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what a layer puts out for images, in evaluation mode.

    Parameters
    ----------
    net : torch.nn.Module
        On the CPU.
    layer : str
        One of `layer_names`.
    images : (n, H, W) uint8

    Returns
    -------
    (n, d) float32
        Flat; where the layer sees an image cut into parts, the parts one after the other.

    Raises
    ------
    UnknownName
        With the nearest right name.
    UsageError
        For a layer that is passed over in evaluation, as dropout is.
    """
    modules = dict(net.named_modules())
    if not layer or layer not in modules:
        raise UnknownName("layer", layer, layer_names(net))
    kept: list[Tensor] = []
    # a copy: the layer behind may write over what it is given
    hook = modules[layer].register_forward_hook(
        lambda _m, _in, out: kept.append(out.detach().clone())
    )
    net.eval()
    rows = []
    try:
        with torch.no_grad():
            for chunk in np.array_split(images, max(1, math.ceil(len(images) / CHUNK))):
                kept.clear()
                net(torch.from_numpy(np.ascontiguousarray(chunk)).unsqueeze(1))
                if not kept:
                    raise UsageError(
                        f"layer '{layer}' is passed over when a net reads, as dropout is: name "
                        "the layer before it"
                    )
                rows.append(kept[-1].float().reshape(len(chunk), -1).numpy())
    finally:
        hook.remove()
    return np.concatenate(rows)


def layer_outputs(net: nn.Module, parts: Tensor) -> dict[str, NDArray[np.float32]]:
    """Return what every layer makes of a few images, in the order in which they are computed.

    A layer that contains others and puts out what the last of them does is left out, and so is one
    that is passed over in evaluation, or puts out anything but one tensor.

    Parameters
    ----------
    net : torch.nn.Module
        On the CPU.
    parts : (n, h, w) tensor
        Images, cut into the parts that the net sees; all in one batch.

    Returns
    -------
    dict of str to (m, …) float32 array
        By name. Where the net itself cuts an image into cells, m is their number.
    """
    found: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        if not isinstance(output, Tensor) or not output.is_floating_point() or output.ndim < 2:
            return
        value = output.detach().float().clone()  # the next layer may write where this one did
        last = next(reversed(found), "")
        within = last.startswith(f"{name}.") and found[last].numel() == value.numel()
        if not within or not torch.equal(found[last].reshape(-1), value.reshape(-1)):
            found[name] = value

    hooks = [
        module.register_forward_hook(lambda _m, _in, out, name=name: keep(name, out))
        for name, module in net.named_modules() if name
    ]  # fmt: skip
    net.eval()
    try:
        with torch.no_grad():
            net(parts.unsqueeze(1))
    finally:
        for hook in hooks:
            hook.remove()
    return {name: value.numpy() for name, value in found.items()}
