"""What takes long to load, the last few of it kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["LastFew"]

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class LastFew(Generic[Key, Kept]):
    """Values by key, those that were asked for last.

    Parameters
    ----------
    most : int
        Values that are kept.
    size_of : callable, optional
        What a value takes, such as its bytes; by default nothing.
    most_of_all : int, optional
        What all take at most; one is kept whatever it takes.
    """

    def __init__(
        self, most: int, *, size_of: Callable[[Kept], int] | None = None, most_of_all: int = 0
    ) -> None:
        self._most, self._size_of, self._most_of_all = most, size_of, most_of_all
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, key: Key, make: Callable[[], Kept]) -> Kept:
        """Return the value of a key, made where it is not kept; one at a time is made.

        A second request would load the same again, and hold it twice.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            found = self._kept[key] = make()
            while len(self._kept) > 1 and self._is_too_much:
                self._kept.popitem(last=False)
            return found

    @property
    def _is_too_much(self) -> bool:
        if len(self._kept) > self._most:
            return True
        if self._size_of is None:
            return False
        return sum(map(self._size_of, self._kept.values())) > self._most_of_all
