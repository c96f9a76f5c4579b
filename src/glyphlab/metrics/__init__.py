"""Scores, intervals and tests: arrays in, numbers out."""

from glyphlab.metrics.calibration import Bin, Calibration, calibration
from glyphlab.metrics.classification import (
    confusion,
    correct_images,
    digit_accuracy,
    exact_match,
    macro_f1_digit,
    macro_f1_label,
    position_accuracy,
    score_all,
)
from glyphlab.metrics.glyph_clusters import Clusters, clusters_of
from glyphlab.metrics.intervals import (
    Interval,
    log_interval,
    mean_interval,
    share_interval,
    student_interval,
)
from glyphlab.metrics.model_tests.many_tasks import AcrossTasks, TaskPair, TaskSummary, across_tasks
from glyphlab.metrics.model_tests.over_data import (
    compare_over_data,
    interval_over_data,
    verdicts_over_data,
)
from glyphlab.metrics.model_tests.paired_tests import PairedTest, compare_pair
from glyphlab.metrics.model_tests.verdicts import Verdict, holm, holm_rows, verdicts
from glyphlab.metrics.one_more_run import OneMoreRun, one_more_run, one_more_value
from glyphlab.metrics.power import Plan, plan, unseen_failure_rate
from glyphlab.metrics.thresholds import SizeAtLevel, size_at_level

__all__ = [
    "AcrossTasks",
    "Bin",
    "Calibration",
    "Clusters",
    "Interval",
    "OneMoreRun",
    "PairedTest",
    "Plan",
    "SizeAtLevel",
    "TaskPair",
    "TaskSummary",
    "Verdict",
    "across_tasks",
    "calibration",
    "clusters_of",
    "compare_over_data",
    "compare_pair",
    "confusion",
    "correct_images",
    "digit_accuracy",
    "exact_match",
    "holm",
    "holm_rows",
    "interval_over_data",
    "log_interval",
    "macro_f1_digit",
    "macro_f1_label",
    "mean_interval",
    "one_more_run",
    "one_more_value",
    "plan",
    "position_accuracy",
    "score_all",
    "share_interval",
    "size_at_level",
    "student_interval",
    "unseen_failure_rate",
    "verdicts",
    "verdicts_over_data",
]
