"""What rows measure of generators, on histories whose answers are plain."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from glyphlab.compose import Task
from glyphlab.reproductions import generator_measures as g
from glyphlab.reproductions.rows import Measure
from glyphlab.runs import Run

NO_TASK = cast("Task", None)
RATIO = g.ratio_of("judged", "frechet")
OF_TWO = (g.nearer_by, RATIO)
"""Measures of one model's runs beside as many of another."""


class Finished:
    """A run that holds only what a measure reads."""

    def __init__(self, rows: list[dict[str, Any]], **summary: Any) -> None:
        self.rows, self.summary = rows, summary

    def metrics(self) -> list[dict[str, Any]]:
        return self.rows


def value(measure: Measure, *runs: Finished) -> float:
    found = measure(NO_TASK, cast("list[Run]", list(runs)))
    assert found.seeds == (len(runs) if measure not in OF_TWO else len(runs) // 2)
    return found.value


def of_losses(*losses: float, shown: int = 10) -> Finished:
    rows = [
        {"images": shown * place, "shown": shown, "g_loss": loss, "frechet": loss}
        for place, loss in enumerate(losses, 1)
    ]
    return Finished(rows, first_losses={"g_loss": 5.0}, alarms=[])


def test_a_mean_is_over_every_step_until_then() -> None:
    run = of_losses(4.0, 2.0, 9.0)
    assert value(g.mean_loss("g_loss", 1.0, 20), run) == 3.0
    assert value(g.mean_loss("g_loss", 0.5, 29), run) == 1.5
    assert value(g.mean_loss("g_loss", 1.0, 1_000), run) == 5.0  # of a sooner end
    assert value(g.mean_loss("g_loss", 1.0, 5), run) == 5.0  # of longer epochs
    run.rows[1]["shown"] = 30
    assert value(g.mean_loss("g_loss", 1.0, 20), run) == 2.5


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (g.first_loss("g_loss", 2.0), 10.0),
        (g.loss_at_the_end("g_loss", 2.0), 6.0),
        (g.loss_change("g_loss", 0.5), -1.0),
        (g.loss_drop("g_loss"), 1.0),
        (g.rise_from_lowest("g_loss"), 2.0),
        (g.best_at, 2 / 3),
        (g.worse_than_best, 2.0),
        (g.alarm_at, 1.0),
    ],
)
def test_of_one_history(measure: Measure, expected: float) -> None:
    np.testing.assert_allclose(value(measure, of_losses(4.0, 1.0, 3.0)), expected)


def test_an_alarm_is_placed_in_its_training() -> None:
    run = of_losses(1.0, 1.0, 1.0, 1.0)
    run.summary["alarms"] = [{"epoch": 3}, {"epoch": 4}]
    assert value(g.alarm_at, run) == 0.75


def test_of_two_models_seed_by_seed() -> None:
    judged = [Finished([], judged={"frechet": far}) for far in (8.0, 6.0, 4.0, 5.0)]
    assert value(g.nearer_by, *judged) == 2.5
    assert value(RATIO, *judged) == pytest.approx(1.6)


def test_of_what_was_drawn() -> None:
    judged = {"classes": [5, 60, 5, 30], "modes": 4, "modes_possible": 10}
    run = Finished([{"real_right": 0.5, "made_right": 1.0}], judged=judged)
    assert value(g.most_frequent(2), run) == 0.9
    assert value(g.kinds_found, run) == 0.4
    assert value(g.told_right, run) == 0.75
