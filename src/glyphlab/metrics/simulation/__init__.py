"""Worlds in which the truth is known, and how often intervals and verdicts err in them."""

from glyphlab.metrics.simulation.rates import (
    equivalence_rates,
    measure,
    measure_over_data,
    power_table,
)
from glyphlab.metrics.simulation.worlds import Answers, World, draw_answers

__all__ = [
    "Answers",
    "World",
    "draw_answers",
    "equivalence_rates",
    "measure",
    "measure_over_data",
    "power_table",
]
