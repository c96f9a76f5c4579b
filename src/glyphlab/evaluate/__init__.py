"""Scores, intervals and tests: arrays in, numbers out."""

from glyphlab.evaluate.calibration import Bin, Calibration, calibration
from glyphlab.evaluate.intervals import Interval, mean_interval, student_interval
from glyphlab.evaluate.metrics import (
    confusion,
    correct_images,
    digit_accuracy,
    exact_match,
    macro_f1_digit,
    macro_f1_label,
    position_accuracy,
    score_all,
)
from glyphlab.evaluate.paired import PairedTest, Verdict, compare_pair, holm, verdicts
from glyphlab.evaluate.reading import Reading, size_needed

__all__ = [
    "Bin",
    "Calibration",
    "Interval",
    "PairedTest",
    "Reading",
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
    "size_needed",
    "student_interval",
    "verdicts",
]
