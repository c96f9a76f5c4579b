"""Sentences on generators, of histories and samples that are made by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from glyphlab.reproductions.core.rows import Measure
from glyphlab.reproductions.core.sentences import generator_sentences as g
from summaries import ToldRun, generator_scores, generator_summary

TASK: Any = None


def run(distances: list[float], **judged: Any) -> ToldRun:
    rows = [{"frechet": one, "real_correct": 1 / (1 + one)} for one in distances]
    return ToldRun(generator_summary(scores=generator_scores(**judged)), rows)


def value(measure: Measure, *runs: ToldRun) -> float:
    return measure(TASK, runs).value


def test_of_what_was_drawn() -> None:
    one = run([1.0], classes=(5, 60, 5, 30), precision=0.6)
    assert value(partial(g.share_of_classes, classes=[1, 3, 9]), one) == 0.9
    assert value(partial(g.symbol_above_others, which=1), one) == pytest.approx(0.3)
    assert value(partial(g.symbol_above_others, which=0), one) == pytest.approx(-0.55)
    assert value(g.precision_above, one, run([1.0], precision=0.9)) == pytest.approx(-0.3)


def test_of_a_history() -> None:
    one = run([4.0, 1.0, 3.0])
    assert value(partial(g.lowest_of_column, column="real_correct"), one) == 0.2
    assert value(partial(g.highest_of_column, column="real_correct"), one) == 0.5


def test_how_much_sooner_one_is_as_near_as_another() -> None:
    near, far = run([4.0, 2.0, 1.0, 1.0]), run([9.0, 5.0, 3.0, 2.0])
    assert value(g.reaches_sooner, near, far) == pytest.approx(0.5 - 1.0)
    assert value(g.reaches_sooner, far, near) == pytest.approx(1.25 - 0.75)
