"""What a part of the studio keeps for as long as a studio lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from glyphlab.serve.app.studio import Studio

__all__ = ["kept_with"]

Kept = TypeVar("Kept")

_kept: WeakKeyDictionary[Any, dict[object, Any]] = WeakKeyDictionary()
_lock = threading.Lock()


def kept_with(studio: Studio, make: Callable[[Studio], Kept]) -> Kept:
    """Return what `make` made for a studio, made when it is first asked for.

    It is dropped with the studio, and must not hold it.
    """
    with _lock:
        of_studio = _kept.setdefault(studio, {})
        if make not in of_studio:
            of_studio[make] = make(studio)
        found: Kept = of_studio[make]
        return found
