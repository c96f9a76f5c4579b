"""Tensors of a run as safetensors, with what belongs to them in the same file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glyphlab._common.files import atomic_path
from glyphlab._common.untrusted import Unreadable, read_metadata, read_tensor_file
from glyphlab.runs.documents import parse_json, unreadable

if TYPE_CHECKING:
    import torch

__all__ = ["read_state", "read_tensors", "write_tensors"]


def write_tensors(
    path: Path, tensors: Mapping[str, torch.Tensor], state: Mapping[str, Any] | None
) -> None:
    """Write tensors, whole or not at all; see `glyphlab.runs.Run.save_tensors`."""
    from safetensors.torch import save

    # a clone each: safetensors refuses tensors that share memory, as tied weights do
    plain = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    metadata = None if state is None else {"state": json.dumps(state)}
    content: bytes = save(plain, metadata)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read tensors, on the CPU; `RunError` where the file is missing or damaged."""
    try:
        return read_tensor_file(path)
    except Unreadable as error:
        raise unreadable(path, error.reason) from error


def read_state(path: Path, key: str = "state") -> dict[str, Any]:
    """Read an object from a file's header, empty where it has none.

    Raises
    ------
    RunError
        Where the file is missing or damaged, or it holds no object there.
    """
    try:
        metadata = read_metadata(path)
    except Unreadable as error:
        raise unreadable(path, error.reason) from error
    state = parse_json(metadata.get(key, "{}"), path)
    if not isinstance(state, dict):
        raise unreadable(path, f"its {key} is no object")
    return state
