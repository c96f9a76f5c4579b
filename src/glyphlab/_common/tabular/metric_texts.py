"""Numbers of papers and of ours as a person reads them: each as its metric is read."""

from __future__ import annotations

from collections.abc import Mapping

from glyphlab._common.tabular.number_texts import (
    count_text,
    number_text,
    percent,
    seconds_text,
    signed,
)

__all__ = ["margin_text", "metric_text", "reported_text", "verdicts_text"]

_COUNTS = ("images", "labels", "number", "parameters", "pixels")
_SHARES = ("accuracy", "digit_accuracy", "exact_match", "position_accuracy", "share")
_UNITS = {"kilobytes": " KB", "megabytes": " MB"}
_MOST_DIGITS = 4
_MANY = {"holds": "hold", "does not hold": "do not hold"}


def metric_text(value: float | None, metric: str) -> str:
    """Return a number as its metric is read, or a dash for None.

    A share is in percent, and a difference of shares in points with its sign. A small number of a
    metric with few decimals has four, so that the end of an interval beside 0 is not shown as 0.
    """
    if value is None:
        return number_text(value)
    if metric in _SHARES:
        return percent(value)
    if metric == "difference":
        return f"{signed(value)} points"
    if metric in _COUNTS:
        return count_text(value)
    if metric == "seconds":
        return seconds_text(value)
    value = round(float(value), _MOST_DIGITS) + 0.0  # no minus before 0
    if "loss" in metric or "f1" in metric or 0 < abs(value) < 0.005:
        return number_text(value)
    return number_text(value, metric) + _UNITS.get(metric, "")


def reported_text(value: float | None, metric: str, claim: str | None = None) -> str:
    """Return a reported number; of a sentence the side of its bound, and its number if it has one.

    Parameters
    ----------
    value : float or None
    metric : str
    claim : str, optional
        The side and the bound, as ``'above 0'``.
    """
    number = metric_text(value, metric)
    if not claim:
        return number
    side, bound = claim.split()
    said = f"{side} {_bound_text(float(bound), metric)}"
    return said if value == float(bound) else f"{number}, {said}"


def _bound_text(bound: float, metric: str) -> str:
    return "0" if bound == 0 else metric_text(bound, metric)


def margin_text(margin: float, metric: str) -> str:
    """Return the margin within which two numbers are equal: of shares in points."""
    return f"{100 * margin:g} points" if metric in _SHARES else metric_text(margin, metric)


def verdicts_text(counts: Mapping[str, int]) -> str:
    """Return how many rows have which verdict: ``12 match, 2 hold``."""
    return ", ".join(
        f"{count} {verdict if count == 1 else _MANY.get(verdict, verdict)}"
        for verdict, count in counts.items()
    )
