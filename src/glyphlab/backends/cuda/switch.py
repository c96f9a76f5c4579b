"""Whether steps are captured at all, as the environment says."""

from __future__ import annotations

import os

from glyphlab._common.errors import UnknownName

__all__ = ["CAPTURED", "capture_is_off"]

CAPTURED = "cuda graph"
"""How an engine's record names steps that were captured and replayed."""
_VARIABLE = "GLYPHLAB_CUDA_GRAPHS"


def capture_is_off() -> str:
    """Return why no step is captured, with what to change; empty where steps may be.

    ``GLYPHLAB_CUDA_GRAPHS=0`` turns it off.

    Raises
    ------
    UnknownName
        For any value of that variable but 0 and 1.
    """
    wanted = os.environ.get(_VARIABLE, "")
    if wanted not in ("", "0", "1"):
        raise UnknownName(_VARIABLE, wanted, ("0", "1"))
    return f"{_VARIABLE} is '0' (unset it for captured steps)" if wanted == "0" else ""
