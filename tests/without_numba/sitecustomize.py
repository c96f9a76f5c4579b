"""On PYTHONPATH, this makes numba a package that is not installed, in every process of a test."""

from __future__ import annotations

import sys

for name in ("numba", "llvmlite"):
    sys.modules[name] = None  # type: ignore[assignment]  # find_spec finds none, an import fails
