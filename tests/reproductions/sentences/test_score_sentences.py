"""Sentences on scores, of runs whose scores are made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from glyphlab._common.errors import RunError
from glyphlab.recipes import Recipe
from glyphlab.reproductions.core.rows import Measure
from glyphlab.reproductions.core.sentences import score_sentences as s
from summaries import ToldRun, classifier_summary, scores

TASK: Any = None


FITTED = Recipe.from_mapping(
    {"model": {"net": "classical", "strategy": "whole", "classical": {"name": "logistic"}}}
).content()
"""Of a model without chance: one fit is every fit."""


def run(
    model: str, test: float, *, recipe: Mapping[str, Any] | None = None, **more: Any
) -> ToldRun:
    digits = more.pop("digits", (0.8,) * 10)
    val = scores(more.pop("val", test))
    return ToldRun(
        classifier_summary(
            model=model, metrics=scores(test, digit_accuracy=digits), val=val, **more
        ),
        recipe=recipe,
    )


def value(measure: Measure, *runs: ToldRun) -> float:
    return measure(TASK, runs).value


def test_of_digits() -> None:
    one = run("a", 0.5, digits=(0.9, 0.99, 0.95, 0.94, 0.96, 0.97, 0.97, 0.97, 0.97, 0.8))
    assert value(s.lowest_digit, one) == 0.8
    assert value(partial(s.digit_above_others, which=1), one) == pytest.approx(0.02)
    assert value(partial(s.digit_below_others, which=9), one) == pytest.approx(-0.1)
    assert value(partial(s.digit_below_others, which=0), one) == pytest.approx(0.1)


def test_of_several_models_seed_by_seed() -> None:
    runs = [run("a", 0.7, val=0.6), run("a", 0.8, val=0.9), run("b", 0.75, val=0.7),
            run("b", 0.75, val=0.7)]  # fmt: skip
    assert s.highest_rival(TASK, runs).values == pytest.approx((-0.05, 0.05))
    assert s.mean_of_models_on_test(TASK, runs).values == pytest.approx((0.725, 0.775))
    assert s.chosen_on_validation(TASK, runs).values == (0.75, 0.8)
    assert s.validation_above_test(TASK, runs[:2]).values == pytest.approx((-0.1, 0.1))


def test_losses_on_test_seed_by_seed() -> None:
    runs = [run("a", 0.7, test_loss=0.5), run("a", 0.7, test_loss=0.4),
            run("b", 0.7, test_loss=0.3), run("b", 0.7, test_loss=0.6)]  # fmt: skip
    assert s.loss_above_on_test(TASK, runs).values == pytest.approx((0.2, -0.2))
    with pytest.raises(RunError, match="has no such score"):
        s.loss_above_on_test(TASK, [run("a", 0.7, test_loss=None), *runs[2:3]])


def test_a_model_without_chance_stands_beside_every_seed() -> None:
    runs = [run("fit", 0.7, recipe=FITTED, fit_seconds=9.0), run("net", 0.6, fit_seconds=2.0),
            run("net", 0.8, fit_seconds=4.0)]  # fmt: skip
    assert s.highest_rival(TASK, runs).values == pytest.approx((0.1, -0.1))
    assert s.mean_of_models_on_test(TASK, runs).values == pytest.approx((0.65, 0.75))
    assert s.seconds_above_others(TASK, runs).values == (7.0, 5.0)
    assert s.epoch_seconds_ratio(TASK, runs).values == pytest.approx((4.5, 2.25))
    runs[0] = run("once", 0.7)  # one training with chance is one training
    assert s.highest_rival(TASK, runs).seeds == 1


def test_of_overfitting() -> None:
    runs = [run("a", 0.6, train_accuracy=0.95), run("b", 0.4, train_accuracy=0.5),
            run("c", 0.3, train_accuracy=0.3)]  # fmt: skip
    assert value(partial(s.best_without_overfitting, by=0.2), *runs) == 0.4
    assert value(partial(s.best_without_overfitting, by=0.2), runs[0]) == 0.0
    assert value(s.mean_trained_above, runs[0], runs[1]) == pytest.approx(0.45)
    assert value(s.train_above_positions, run("a", 0.5, train_accuracy=0.9)) == pytest.approx(0.1)


def test_of_time() -> None:
    slow = run("slow", 0.5, fit_seconds=30.0, epochs_run=10)
    quick = run("quick", 0.5, fit_seconds=4.0, epochs_run=2)
    assert value(s.epoch_seconds, slow) == 3.0
    assert value(s.epoch_seconds_ratio, slow, quick) == 1.5
    assert value(s.seconds_above_others, slow, quick) == 26.0
    assert value(s.epoch_seconds, run("fit", 0.5, fit_seconds=7.0, epochs_run=0)) == 7.0
    beside_others = run("slow", 0.5, fit_seconds=900.0, epochs_run=2)
    beside_others.rows = [{"seconds": 898.0}, {"seconds": 2.0}]
    assert value(s.epoch_seconds, beside_others) == 2.0
    assert value(s.epoch_seconds_ratio, beside_others, quick) == 1.0


def test_of_what_scikit_learn_says() -> None:
    said = run("a", 0.5, warnings=("lbfgs failed to converge (status=1)",))
    assert s.stopped_unconverged(TASK, [said, run("a", 0.5)]).values == (1.0, 0.0)
    assert s.stopped_unconverged(TASK, [said]).low is None
    again = run("a", 0.5, recipe=FITTED, warnings=("lbfgs failed to converge (status=1)",))
    found = s.stopped_unconverged(TASK, [again])
    assert (found.low, found.value, found.high) == (1.0, 1.0, 1.0)


def test_what_keras_counts_of_smoothed_targets() -> None:
    assert s.rounded_accuracy(TASK, [], targets=[0.9, 0.1]).value == 0.0
    assert s.rounded_accuracy(TASK, [], targets=[1.0, 0.1]).value == 0.5
    assert s.rounded_accuracy(TASK, [], targets=[1.0, 0.1]).seeds == 0
