"""Generators: two nets that train each other, a judge of what they draw, and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.lazy import attach

if TYPE_CHECKING:
    from glyphlab.gan.alarms import ALARMS, Alarm, alarms_of
    from glyphlab.gan.judge import Judge, Judged, load_judge
    from glyphlab.gan.losses import LOSSES, AdversarialLoss, adversarial_loss

__all__ = [
    "ALARMS",
    "LOSSES",
    "AdversarialLoss",
    "Alarm",
    "Judge",
    "Judged",
    "adversarial_loss",
    "alarms_of",
    "load_judge",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "alarms": (
                "ALARMS",
                "Alarm",
                "alarms_of",
            ),
            "judge": (
                "Judge",
                "Judged",
                "load_judge",
            ),
            "losses": (
                "LOSSES",
                "AdversarialLoss",
                "adversarial_loss",
            ),
        },
    )
