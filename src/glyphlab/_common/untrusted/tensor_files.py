"""safetensors from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from glyphlab._common.untrusted.limits import HEADER_BYTES, in_words
from glyphlab._common.untrusted.plain_files import Unreadable, require_plain_file

if TYPE_CHECKING:
    import torch

__all__ = ["read_metadata", "read_tensor_file"]

Result = TypeVar("Result")


def read_tensor_file(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors of a file by name, on the CPU; `Unreadable` where it has none."""

    def load() -> dict[str, torch.Tensor]:
        from safetensors.torch import load_file

        tensors: dict[str, torch.Tensor] = load_file(path)
        return tensors

    return _guarded(path, load)


def read_metadata(path: Path) -> dict[str, str]:
    """Return the texts in a file's header; `Unreadable` where it cannot be read."""

    def load() -> dict[str, str]:
        from safetensors import safe_open

        with safe_open(path, framework="np") as opened:
            return dict(opened.metadata() or {})

    return _guarded(path, load)


def _guarded(path: Path, load: Callable[[], Result]) -> Result:
    size = require_plain_file(path)
    try:
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > min(HEADER_BYTES, size):
            raise Unreadable(path, f"its header of {in_words(header)} does not fit in the file")
        return load()
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(path, f"it holds no tensors ({_said(error)})") from error
    except BaseException as error:  # a panic of the library's Rust code is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable(path, f"it holds no tensors ({_said(error)})") from error


def _said(error: Any) -> str:
    return getattr(error, "strerror", None) or str(error)
