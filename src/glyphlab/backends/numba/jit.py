"""How the loops are compiled: no lock held, kept on disk, and honest about what is no number.

Every loop is written into whatever compiled function calls it, so that what Python calls is one
piece of machine code. Otherwise a function exists twice, by itself and as a copy that was optimised
once more inside its caller, and sums in another order there. A process that compiled both runs the
first, one that loads the caller from the cache the second: other bits in the first training than
in every later one.

Where neither the folder of the package nor that of the user's caches can be written to, nothing is
kept, and each process compiles for itself.

``GLYPHLAB_CHECK_BOUNDS=1`` compiles with every index checked, and keeps nothing on disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numba

from glyphlab._common.progress import note_once
from glyphlab.backends.numba.compile_time import count_compilation

__all__ = ["CHECKED", "FASTMATH_FLAGS", "compile_loop", "exact_loop"]

CHECKED = os.environ.get("GLYPHLAB_CHECK_BOUNDS", "") not in ("", "0")
"""Whether indices are checked; slow, and for tests."""
FASTMATH_FLAGS = frozenset({"contract", "reassoc", "nsz"})
"""No ``nnan``: a diverged run has to be seen, so not-a-number must pass through."""
_Function = TypeVar("_Function", bound=Callable[..., Any])

count_compilation()


def compile_loop(function: _Function) -> _Function:
    """Return the function compiled, at its first call with each combination of types."""
    return _compiled(function, set(FASTMATH_FLAGS))


def exact_loop(function: _Function) -> _Function:
    """As `compile_loop`, but each operation is rounded by itself, in its place."""
    return _compiled(function, False)


def _compiled(function: _Function, fastmath: set[str] | bool) -> _Function:
    try:
        return _kept(function, fastmath, cache=not CHECKED)
    except RuntimeError as error:
        if CHECKED or "no locator" not in str(error):
            raise
    note_once(
        "compiled loops are kept nowhere, and every process compiles them again: no folder for "
        "them can be written to (name one in NUMBA_CACHE_DIR)"
    )
    return _kept(function, fastmath, cache=False)


def _kept(function: _Function, fastmath: set[str] | bool, *, cache: bool) -> _Function:
    compiled: Any = numba.njit(
        nogil=True,
        cache=cache,
        forceinline=True,
        fastmath=fastmath,
        error_model="numpy",
        boundscheck=CHECKED or None,  # None: whatever NUMBA_BOUNDSCHECK says
    )(function)
    return compiled  # type: ignore[no-any-return]
