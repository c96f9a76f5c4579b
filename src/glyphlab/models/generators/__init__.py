"""Generators and discriminators, their losses and penalties."""

from __future__ import annotations

__all__: list[str] = []
