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
from glyphlab.metrics.intervals import Interval, mean_interval, student_interval
from glyphlab.metrics.paired_tests import PairedTest, Verdict, compare_pair, holm, verdicts
from glyphlab.metrics.thresholds import SizeAtLevel, size_at_level

__all__ = [
    "Bin",
    "Calibration",
    "Interval",
    "PairedTest",
    "SizeAtLevel",
    "Verdict",
    "calibration",
    "compare_pair",
    "confusion",
    "correct_images",
    "digit_accuracy",
    "exact_match",
    "holm",
    "macro_f1_digit",
    "macro_f1_label",
    "mean_interval",
    "position_accuracy",
    "score_all",
    "size_at_level",
    "student_interval",
    "verdicts",
]
