"""What a fit starts from, and what it leaves where it fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

__all__ = ["root_seed", "unchanged_on_error"]


def root_seed(random_state: int | np.random.RandomState | None) -> int:
    """Return the seed that a `random_state` of scikit-learn stands for, drawn where it is None."""
    if random_state is None:
        return int.from_bytes(os.urandom(7), "big")
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    return int(random_state)


@contextmanager
def unchanged_on_error(estimator: object) -> Iterator[None]:
    """Give an estimator back what it held, where what is done to it fails or is stopped.

    So one that was fitted goes on to answer as before, and a new one stays not fitted.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
