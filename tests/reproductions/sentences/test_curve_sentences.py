"""Sentences on learning curves, of curves that are made by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from glyphlab.reproductions.core.rows import Measure
from glyphlab.reproductions.core.sentences import curve_sentences as c
from glyphlab.reproductions.core.sentences.score_sentences import gap_above_smallest
from summaries import ToldRun, classifier_summary

TASK: Any = None


def run(train: list[float], val: list[float], model: str = "net") -> ToldRun:
    rows = [
        {"accuracy": a, "val_exact_match": b, "loss": 1 - a, "val_loss": 1 - b}
        for a, b in zip(train, val, strict=True)
    ]
    return ToldRun(classifier_summary(model=model), rows)


LEARNS = run([0.5, 0.7, 0.8, 0.9], [0.6, 0.7, 0.7, 0.7])
OTHER = run([0.4, 0.5, 0.6, 0.7], [0.5, 0.6, 0.65, 0.66], "other")
JUMPS = run([0.5, 0.6, 0.7, 0.7], [0.5, 0.6, 0.2, 0.7], "jumps")


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (partial(c.in_epoch, column="accuracy", epoch=2), 0.7),
        (partial(c.in_epoch, column="accuracy", epoch=9), 0.9),
        (c.gap_at_the_end, 0.2),
        (partial(c.gained_in_the_end, column="accuracy"), 0.1),
        (partial(c.gained_over_all, column="accuracy"), 0.4),
        (c.loss_gap_grows, 0.2),
        (partial(c.loss_gap, extreme="smallest"), -0.1),
        (partial(c.loss_gap, extreme="largest"), 0.2),
        (partial(c.sooner_share, column="accuracy", share=0.5), 0.5),
    ],
)
def test_of_one_curve(measure: Measure, expected: float) -> None:
    found = measure(TASK, [LEARNS])
    assert (found.value, found.seeds) == (pytest.approx(expected), 1)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (partial(c.ends_above, column="accuracy"), 0.2),
        (partial(c.ends_above, column="val_loss"), -0.04),
        (c.loss_gap_above, 0.2 - 0.04),
        (partial(c.rougher_than, column="val_exact_match"), 0.0 - 0.01),
    ],
)
def test_of_two_curves_seed_by_seed(measure: Measure, expected: float) -> None:
    found = measure(TASK, [LEARNS, LEARNS, OTHER, OTHER])
    assert (found.value, found.seeds) == (pytest.approx(expected), 2)


def test_a_jump_is_rougher_than_a_rise() -> None:
    found = c.rougher_than(TASK, [JUMPS, OTHER], column="val_exact_match")
    assert found.value == pytest.approx(0.5 - 0.01)


def test_a_training_of_one_epoch_gained_nothing_in_the_end() -> None:
    one = run([0.5], [0.5])
    assert c.gained_in_the_end(TASK, [one], column="accuracy").value == 0.0
    assert c.rougher_than(TASK, [one, one], column="accuracy").value == 0.0
    assert c.sooner_share(TASK, [one], column="accuracy", share=0.5).value == 0.0


def test_the_model_that_overfits_least_of_the_others_is_the_measure() -> None:
    found = gap_above_smallest(TASK, [LEARNS, OTHER, JUMPS])
    assert found.values == pytest.approx((0.2 - 0.0,))
    assert gap_above_smallest(TASK, [JUMPS, LEARNS, OTHER]).values == pytest.approx((0.0 - 0.04,))
