"""What rows measure of generators, on histories whose answers are plain."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import numpy as np
import pytest

from glyphlab.recipes import Recipe
from glyphlab.reproductions.core import generator_measures as g
from glyphlab.reproductions.core.rows import Measure
from glyphlab.reproductions.core.sentences.score_sentences import epoch_seconds_ratio
from glyphlab.runs.records import Alarm, Losses
from glyphlab.tasks import Task
from summaries import ToldRun, classifier_summary, generator_scores, generator_summary

NO_TASK = cast("Task", None)
OF_TWO = (g.frechet_above, g.frechet_ratio, g.seconds_ratio)
"""Measures of one model's runs beside as many of another."""


def value(measure: Measure, *runs: ToldRun) -> float:
    found = measure(NO_TASK, runs)
    assert found.seeds == (len(runs) if measure not in OF_TWO else len(runs) // 2)
    return found.value


def of_losses(*losses: float, shown: int = 10, **summary: Any) -> ToldRun:
    rows = [
        {"images": shown * place, "epoch_images": shown, "g_loss": loss, "frechet": loss}
        for place, loss in enumerate(losses, 1)
    ]
    first = Losses(d_loss=0.0, g_loss=5.0)
    return ToldRun(generator_summary(first_losses=first, **summary), rows)


def of_mean(times: float, images: int) -> Measure:
    return partial(g.mean_loss, column="g_loss", times=times, images=images)


def test_a_mean_is_over_every_step_until_then() -> None:
    run = of_losses(4.0, 2.0, 9.0)
    assert value(of_mean(1.0, 20), run) == 3.0
    assert value(of_mean(0.5, 29), run) == 1.5
    assert value(of_mean(1.0, 1_000), run) == 5.0  # of a sooner end
    assert value(of_mean(1.0, 5), run) == 5.0  # of longer epochs
    run.rows[1]["epoch_images"] = 30
    assert value(of_mean(1.0, 20), run) == 2.5


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (partial(g.first_loss, column="g_loss", times=2.0), 10.0),
        (partial(g.loss_at_the_end, column="g_loss", times=2.0), 6.0),
        (partial(g.loss_change, column="g_loss", times=0.5), -1.0),
        (partial(g.loss_drop, column="g_loss"), 1.0),
        (partial(g.rise_from_lowest, column="g_loss"), 2.0),
        (g.best_at, 2 / 3),
        (g.worse_than_best, 2.0),
        (partial(g.ends_in_alarm, alarm="mode collapse"), 0.0),
    ],
)
def test_of_one_history(measure: Measure, expected: float) -> None:
    np.testing.assert_allclose(value(measure, of_losses(4.0, 1.0, 3.0)), expected)


@pytest.mark.parametrize(("last", "expected"), [(4, 1.0), (3, 0.0)])
def test_an_alarm_counts_where_it_stands_at_the_end(last: int, expected: float) -> None:
    alarms = [
        Alarm("oscillation", 4, "distance", 4), Alarm("mode collapse", 3, "class KL", last)
    ]  # fmt: skip
    run = of_losses(1.0, 1.0, 1.0, 1.0, alarms=alarms)
    assert value(partial(g.ends_in_alarm, alarm="mode collapse"), run) == expected


def test_of_two_models_seed_by_seed() -> None:
    judged = [
        ToldRun(generator_summary(scores=generator_scores(frechet=far), fit_seconds=far))
        for far in (8.0, 6.0, 4.0, 5.0)
    ]
    assert value(g.frechet_above, *judged) == 2.5
    assert value(g.frechet_ratio, *judged) == pytest.approx(1.6)
    assert value(g.seconds_ratio, *judged) == pytest.approx(1.6)
    once = ToldRun(generator_summary(model="once", fit_seconds=16.0))
    assert g.seconds_ratio(NO_TASK, [once, *judged]).values == pytest.approx((2.0,))
    model = {"net": "classical", "strategy": "whole", "classical": {"name": "logistic"}}
    fit = Recipe.from_mapping({"model": model}).content()
    alone = ToldRun(classifier_summary(model="alone", fit_seconds=16.0), recipe=fit)
    beside_each = g.seconds_ratio(NO_TASK, [alone, *judged])  # it has no chance, and one run
    assert beside_each.values == pytest.approx((2.0, 16 / 6, 4.0, 3.2))


def test_seconds_at_the_pace_of_the_fastest_epoch() -> None:
    runs = [of_losses(1.0, 1.0), of_losses(1.0, 1.0, 1.0)]  # images 10 and 20, and up to 30
    for run, seconds in zip(runs, ([90.0, 4.0], [2.0, 2.5, 700.0]), strict=True):
        for row, spent in zip(run.rows, seconds, strict=True):
            row["seconds"] = spent
    assert value(g.least_seconds, runs[0]) == 8.0
    assert g.least_seconds(NO_TASK, runs).values == pytest.approx((8.0, 6.0))
    assert epoch_seconds_ratio(NO_TASK, runs).values == pytest.approx((2.0,))
    short = of_losses(1.0, 1.0)
    short.rows[0]["seconds"], short.rows[1]["seconds"] = 4.0, 2.5
    short.rows[1]["epoch_images"] = 5  # half an epoch in 2.5 s is a whole one in 5
    assert value(g.least_seconds, short) == 6.0


def test_of_what_was_drawn() -> None:
    judged = generator_scores(classes=(5, 60, 5, 30), modes=4, modes_possible=10)
    run = ToldRun(
        generator_summary(scores=judged), [{"real_correct": 0.5, "generated_correct": 1.0}]
    )
    assert value(partial(g.most_frequent, classes=2), run) == 0.9
    even = ToldRun(generator_summary(scores=generator_scores(classes=(25, 25, 25, 25))))
    above = partial(g.most_frequent_above, classes=2)
    assert above(NO_TASK, [run, even]).value == pytest.approx(0.4)
    assert above(NO_TASK, [even, run, run, even]).value == pytest.approx(0.0)
    assert value(g.labels_generated, run) == 0.4
    assert value(g.discriminator_accuracy, run) == 0.75


def test_a_smoothed_target_is_as_keras_has_it() -> None:
    found = [g.smoothed_target(NO_TASK, (), one, 0.9).value for one in (0.0, 1.0)]
    np.testing.assert_allclose(found, [0.45, 0.55])
