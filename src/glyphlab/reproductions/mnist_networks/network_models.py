"""The settings of the MNIST networks report, by the names that its runs carry here."""

from __future__ import annotations

__all__ = [
    "BETWEEN",
    "ENDS",
    "HELD_OUT",
    "LAMBDAS",
    "SETTINGS",
    "TANH",
    "penalty_name",
    "strength_text",
    "tanh_name",
]

_WIDTHS = (10, 100, 200)

SETTINGS = (*((first, second) for first in _WIDTHS for second in _WIDTHS), (30, 100))
"""Units of the two hidden layers, 1.3."""

BETWEEN = ((20, 100), (40, 100))
"""Our own, on both sides of the 97 %: there the report has one net."""

ENDS = tuple(f"units-{first}-{second}" for first, second in (*SETTINGS, *BETWEEN))
"""Trained on all images, scored at their end."""

HELD_OUT = tuple(f"relu-{first}-{second}" for first, second in SETTINGS)
"""Trained with a sixth held out, for their curves."""

LAMBDAS = (1.0, 1e-2, 1e-4, 1e-6, 1e-8)
"""Strengths of the penalty, 1.4."""

TANH = ((200, 100, 0.0), (200, 100, 1e-8), (100, 100, 0.0), (100, 100, 1e-8))
"""Units and strength of the tanh nets, 1.5."""


def penalty_name(kind: str, strength: float) -> str:
    """Return the name of the net of 1.4 with this penalty, ``'l1'`` or ``'l2'``."""
    return f"{kind}-{strength_text(strength)}"


def tanh_name(first: int, second: int, strength: float) -> str:
    """Return the name of a net of 1.5."""
    return f"tanh-{first}-{second}" + (f"-{strength_text(strength)}" if strength else "")


def strength_text(strength: float) -> str:
    """Return a strength as the report writes it: ``'1'``, ``'1e-8'``."""
    return f"{strength:.0e}".replace("e-0", "e-") if strength < 1 else f"{strength:g}"
