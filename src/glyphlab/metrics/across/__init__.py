"""Intervals and verdicts across several drawings of the data, and across several tasks."""

from glyphlab.metrics.across.many_tasks import AcrossTasks, TaskPair, TaskSummary, across_tasks
from glyphlab.metrics.across.over_data import (
    compare_over_data,
    interval_over_data,
    verdicts_over_data,
)

__all__ = [
    "AcrossTasks",
    "TaskPair",
    "TaskSummary",
    "across_tasks",
    "compare_over_data",
    "interval_over_data",
    "verdicts_over_data",
]
