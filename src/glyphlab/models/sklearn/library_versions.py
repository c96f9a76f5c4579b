"""What computed a fitted model: scikit-learn, or loops of our own."""

from __future__ import annotations

from importlib import metadata
from typing import Any

__all__ = ["backend_of"]


def backend_of(estimator: Any) -> str:
    """Say in words what computed a fitted pipeline: loops of our own, or which library.

    Parameters
    ----------
    estimator : fitted pipeline
        As `build_classical` returns it.
    """
    own = getattr(estimator[-1], "backend_", None)
    return f"scikit-learn {metadata.version('scikit-learn')}" if own is None else str(own)
