"""Learning-rate schedules as pure functions of the share of training that is done."""

from __future__ import annotations

from glyphlab._common.errors import UnknownName

__all__ = ["rate_factor"]

WARM_UP = 0.2
"""Share of a one-cycle schedule in which the rate rises."""


def rate_factor(schedule: str, done: float) -> float:
    """Return the factor on the peak rate after a share `done` in [0, 1) of all steps.

    ``'constant'`` is 1 throughout. ``'onecycle'`` rises linearly over the first fifth and falls
    linearly to zero (after Smith & Topin, 2018). ``'linear'`` falls from the peak to zero, without
    a warm-up.

    Raises
    ------
    UnknownName
        For any other schedule.
    """
    if schedule == "constant":
        return 1.0
    if schedule == "linear":
        return 1.0 - done
    if schedule == "onecycle":
        return done / WARM_UP if done < WARM_UP else (1.0 - done) / (1.0 - WARM_UP)
    raise UnknownName("schedule", schedule, ("constant", "linear", "onecycle"))
