"""Where trainings run: in this process, in others of this machine, or on a cluster."""

from __future__ import annotations

__all__: list[str] = []
