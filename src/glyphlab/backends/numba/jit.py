"""How the loops are compiled: no lock held, kept on disk, and honest about what is no number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

__all__ = ["FASTMATH", "compile_loop"]

FASTMATH = frozenset({"contract", "reassoc", "nsz"})
"""No ``nnan``: a diverged run has to be seen, so not-a-number must pass through."""
_Function = TypeVar("_Function", bound=Callable[..., Any])


def compile_loop(function: _Function) -> _Function:
    """Return the function compiled, at its first call with each combination of types."""
    compiled: Any = numba.njit(nogil=True, cache=True, fastmath=set(FASTMATH), error_model="numpy")(
        function
    )
    return compiled  # type: ignore[no-any-return]
