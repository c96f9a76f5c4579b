"""Faults made on purpose: a file layer that kills, fails or tears at the k-th operation."""

from __future__ import annotations

__all__: list[str] = []
