"""Alarms on histories that were broken on purpose, and silence on a healthy one."""

from __future__ import annotations

from typing import Any

import pytest

from glyphlab.training.evaluation.alarms import (
    ALARMS,
    Alarm,
    alarms_at_the_end,
    alarms_of,
    collapsed_inside,
    nothing_learned,
)


def row(epoch: int, **changes: Any) -> dict[str, Any]:
    healthy = {
        "epoch": epoch,
        "symbol_kl": 0.01,
        "coverage": min(0.9, 0.2 * epoch),
        "classes": [100] * 10,
        "real_correct": 0.65,
        "generated_correct": 0.65,
        "frechet": max(2.0, 50.0 / epoch),
        "frechet_floor": 0.5,
    }
    return {**healthy, **changes}


def names(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(alarm.name, alarm.epoch) for alarm in alarms_of(rows)]


def test_a_healthy_history_is_silent() -> None:
    assert names([row(epoch) for epoch in range(1, 40)]) == []


def test_a_bad_beginning_is_no_alarm() -> None:
    """Before it has learned anything a generator draws one thing, and a discriminator wins."""
    start = {"symbol_kl": 2.3, "classes": [1000] + [0] * 9, "coverage": 0.0}
    rows = [row(1, **start, real_correct=1.0, generated_correct=1.0), row(2, **start)]
    assert names(rows + [row(epoch) for epoch in range(3, 9)]) == []


def test_classes_that_are_gone() -> None:
    gone = {"symbol_kl": 0.7, "classes": [200] * 5 + [0] * 5, "frechet": 30.0}
    rows = [row(1), row(2), row(3), row(4), row(5, **gone), row(6, **gone), row(7, **gone)]
    assert names(rows) == [("mode collapse", 6)]
    assert "class KL 0.70 nats" in alarms_of(rows)[0].statistic
    assert alarms_of(rows)[0].last == 7
    back = [*rows, row(8), row(9)]
    assert names(back) == [("mode collapse", 6)]
    assert alarms_of(back)[0].last == 7  # it went by


def test_coverage_that_falls_though_every_class_is_asked_for() -> None:
    rows = [row(epoch) for epoch in range(1, 6)]
    rows += [row(6, coverage=0.3), row(7, coverage=0.2)]
    assert names(rows) == [("mode collapse", 7)]


def test_one_bad_epoch_is_chance() -> None:
    rows = [row(epoch) for epoch in range(1, 6)] + [row(6, coverage=0.2), row(7)]
    assert names(rows) == []


@pytest.mark.parametrize(
    ("share", "name"), [(0.995, "discriminator won"), (0.05, "discriminator lost")]
)
def test_a_discriminator_that_won_or_lost(share: float, name: str) -> None:
    bad = {"real_correct": share, "generated_correct": share, "frechet": 40.0}
    rows = [row(1), row(2), *(row(epoch, **bad) for epoch in range(3, 7))]
    assert names(rows) == [(name, 5)]


def test_who_still_gains_has_not_failed() -> None:
    """A conditional pair's first thousand images: one class, told at once, and nearer each time."""
    bad = {"symbol_kl": 1.8, "real_correct": 0.999, "generated_correct": 0.999, "coverage": 0.0}
    rows = [row(epoch, **bad, frechet=400.0 * 0.7**epoch) for epoch in range(1, 6)]
    assert names(rows) == []


def test_who_comes_back_half_the_way_has_collapsed_all_the_same() -> None:
    """The report's smoothed DCGAN, seed 4: nine digits, then two, at twice the distance."""
    fine = [(0.14, 120.9), (0.25, 97.6), (0.34, 92.0), (0.20, 75.7), (0.24, 83.3)]
    gone = [(0.89, 275.5), (1.87, 191.3)]
    rows = [
        row(epoch, symbol_kl=kl, frechet=frechet, coverage=0.05)
        for epoch, (kl, frechet) in enumerate([(2.33, 246.7), *fine, *gone], 1)
    ]
    assert names(rows) == [("mode collapse", 8)]


def test_who_is_near_is_good_however_well_it_is_told() -> None:
    bad = {"real_correct": 0.99, "generated_correct": 0.99, "frechet": 1.4}
    assert names([row(epoch, **bad) for epoch in range(1, 9)]) == []


def test_what_ends_before_it_has_learned() -> None:
    assert nothing_learned(3, {"symbol_kl": 0.01, "coverage": 0.9}) is None
    one = nothing_learned(3, {"symbol_kl": 2.3, "coverage": 0.9})
    assert one is not None
    assert (one.name, one.epoch) == ("nothing learned", 3)
    assert "class KL is 2.30 nats" in one.statistic
    assert nothing_learned(3, {"symbol_kl": 0.01, "coverage": 0.01}) is not None


def test_classes_in_which_few_images_are_drawn() -> None:
    scores = {
        "symbol_kl": 0.01, "coverage": 0.9, "collapsed_classes": (1, 3),
        "class_coverage": (0.9, 0.3, None, 0.4), "class_recall": (0.9, 0.1, None, 0.2),
        "class_nearest": (1.0, 0.3, None, 0.2),
    }  # fmt: skip
    one = collapsed_inside(5, scores)
    assert one is not None
    assert (one.name, one.epoch, one.last) == ("collapse inside classes", 5, 5)
    assert "classes 1, 3" in one.statistic
    assert "those of 3 are 0.20 times as far" in one.statistic
    assert collapsed_inside(5, {**scores, "collapsed_classes": ()}) is None
    assert alarms_at_the_end(5, scores, []) == [one]
    before = Alarm("mode collapse", 4, "said", 5)
    assert alarms_at_the_end(5, scores, [before]) == [one]  # it says more than that one
    (late,) = alarms_at_the_end(5, {**scores, "coverage": 0.01}, [])
    assert late.name == "nothing learned"


def test_classes_that_swing() -> None:
    one, other = [180] * 5 + [20] * 5, [20] * 5 + [180] * 5
    rows = [row(epoch, classes=one if epoch % 2 else other) for epoch in range(1, 9)]
    assert names(rows) == [("oscillation", 6)]


def test_a_training_that_stands_still_far_off() -> None:
    rows = [row(epoch, frechet=100.0 if epoch < 3 else 60.0) for epoch in range(1, 20)]
    assert names(rows) == [("no convergence", 13)]
    near = [row(epoch, frechet=5.0) for epoch in range(1, 20)]
    assert names(near) == []


def test_every_alarm_has_been_heard() -> None:
    """The names of this file's alarms are all there are."""
    heard = {"mode collapse", "discriminator won", "discriminator lost", "oscillation"}
    assert set(ALARMS) == heard | {"no convergence"}
