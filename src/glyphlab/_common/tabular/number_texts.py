"""Numbers as a person reads them, with as many digits as are known of each."""

from __future__ import annotations

from typing import Any

__all__ = [
    "any_text",
    "count_text",
    "distance_text",
    "number_text",
    "p_text",
    "percent",
    "points",
    "points_text",
    "seconds_text",
    "share_text",
    "signed",
]

_DIGITS = {
    "correlation": 2, "depth": 1, "distance": 2, "epochs": 1, "frechet": 3, "perplexity": 1,
    "ratio": 1, "seconds": 1,
}  # fmt: skip
"""Decimals of metrics that are known no better."""
_NOTHING = "–"
_MINUS = "\N{MINUS SIGN}"


def percent(share: float | None) -> str:
    """Return a share as a percentage with two decimals, or a dash for None."""
    return _NOTHING if share is None else f"{100 * share:.2f}\N{NO-BREAK SPACE}%"


def signed(difference: float) -> str:
    """Return a difference of shares in percentage points with its sign and two decimals."""
    return f"{round(100 * difference, 2) + 0.0:+.2f}".replace("-", _MINUS)  # no minus before 0


def points(share: float) -> str:
    """Return the size of a difference of shares in percentage points, with two decimals."""
    return f"{100 * abs(share):.2f} points"


def seconds_text(value: float | None, _metric: str = "") -> str:
    """Return a time as a person says it."""
    if value is None:
        return _NOTHING
    if value < 100:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 6000 else f"{value / 3600:.1f} h"


def number_text(value: float | None, metric: str = "") -> str:
    """Return a number with as many digits as are known of its metric."""
    if value is None:
        return _NOTHING
    if isinstance(value, int):
        return f"{value:,}"
    size = abs(value)
    digits = _DIGITS.get(metric, 4 if size < 10 else 1 if size < 1000 else 0)
    return f"{value:,.{digits}f}".replace("-", _MINUS)


def distance_text(value: float | None, _metric: str = "") -> str:
    """Return a Fréchet distance."""
    return number_text(value, "frechet")


def p_text(value: float | None, _metric: str = "") -> str:
    """Return a p value with four decimals."""
    if value is None:
        return _NOTHING
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def count_text(value: float | None, _metric: str = "") -> str:
    """Return a count, or a mean of counts, with commas between thousands."""
    return _NOTHING if value is None else f"{value:,.0f}"


def share_text(value: float | None, metric: str = "") -> str:
    """Return a share in percent, and what is a distance by its metric as a distance."""
    return distance_text(value) if metric == "frechet" else percent(value)


def points_text(value: float | None, metric: str = "") -> str:
    """Return a difference of shares in points, and of distances as a distance."""
    if value is None:
        return _NOTHING
    return distance_text(value) if metric == "frechet" else signed(value)


def any_text(value: Any, _metric: str = "") -> str:
    """Return any value: a number with four digits, text as it is, several between commas."""
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(any_text, value))
    return f"{value:.4g}".replace("-", _MINUS) if isinstance(value, float) else str(value)
