"""`glyphlab.backends.interface.Kernels`, compiled by numba; `kernels` is the way in."""

from __future__ import annotations

__all__: list[str] = []
