"""Random numbers by name.

Every use of chance takes its own seed, hashed from the root seed and the name of the use. A change
of model therefore never changes the data, and no global generator is read or written anywhere.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

__all__ = ["numpy_rng", "seed_for", "torch_rng"]


def seed_for(root: int, *names: str | int) -> int:
    """Derive a seed from a root seed and the names of what it is for.

    Parameters
    ----------
    root : int
        The seed of the run.
    *names : str or int
        The path of the use, as ``"order", 3`` for the order of the fourth epoch.

    Returns
    -------
    int
        In ``[0, 2**63)``: the first 63 bits of the SHA-256 of the path.
    """
    path = "/".join([str(int(root)), *(str(name) for name in names)])
    return int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "big") >> 1


def numpy_rng(root: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator of its own for one named use."""
    return np.random.default_rng(seed_for(root, *names))


def torch_rng(root: int, *names: str | int, device: str = "cpu") -> torch.Generator:
    """Return a torch generator of its own for one named use."""
    import torch  # here, so that recipes and names need no torch

    return torch.Generator(device=device).manual_seed(seed_for(root, *names))
