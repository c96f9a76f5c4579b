"""Compiled code behind the same functions that plain PyTorch has."""

from __future__ import annotations

__all__: list[str] = []
