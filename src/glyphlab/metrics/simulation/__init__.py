"""Worlds in which the truth is known, and how often intervals and verdicts err in them."""

from glyphlab.metrics.simulation.rates import measure, power_table
from glyphlab.metrics.simulation.worlds import Answers, World, draw_answers

__all__ = ["Answers", "World", "draw_answers", "measure", "power_table"]
