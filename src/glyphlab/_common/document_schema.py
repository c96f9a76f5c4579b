"""The number of the layout of every JSON document that a command prints."""

from __future__ import annotations

__all__ = ["SCHEMA"]

SCHEMA = 2
"""It changes where a key is renamed, removed or comes to mean something else."""
