"""Times where several trainings run at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab.experiments import preview
from glyphlab.experiments.planning import foresight, time_estimates
from glyphlab.experiments.planning.minutes import choose
from glyphlab.experiments.planning.side_by_side import at_once_words, runs_at_once, span
from glyphlab.experiments.planning.time_estimates import Cost, Sizes
from in_threads import InThreads, net

pytestmark = pytest.mark.usefixtures("one_thread")


def test_runs_are_not_split_and_go_to_the_first_that_is_free() -> None:
    assert span([3, 3, 3], 1) == 9
    assert span([3, 3, 3], 2) == 6
    assert span([3, 3, 3], 8) == 3
    assert span([1, 1, 1, 6], 2) == 7
    assert span([], 2) == 0


def test_the_executor_in_force_says_how_many() -> None:
    recipes = [net(seed) for seed in range(2)]
    assert runs_at_once(recipes) == 1
    with InThreads(slots=3):
        assert runs_at_once(recipes) == 3
        replaced = recipes[0].task.changed(replaced="0123456789abcdef")
        assert runs_at_once([*recipes, recipes[1].model_copy(update={"task": replaced})]) == 1
    assert (at_once_words(1), at_once_words(3)) == ("", ", 3 runs at once")


def test_a_plan_for_a_time_counts_the_share_of_the_slowest_worker() -> None:
    costs = {"a": Cost(0.0, 0.001, 0.0), "b": Cost(0.0, 0.001, 0.0)}
    sizes, words = Sizes(10_000, 0, 0), {"drawn": False, "grid": 0, "cells": 0}
    epochs, chance = {"a": 1, "b": 1}, {"a": True, "b": True}
    one, two = (
        choose(3, 0, costs, sizes, epochs, chance, at_once=count, **words)  # type: ignore[arg-type]
        for count in (1, 2)
    )
    assert (one.seeds, two.seeds) == (5, 10)
    assert two.expected_minutes * 60 == pytest.approx(10 * 10)
    assert "by timed steps, 2 runs at once." in two.sentence
    assert "at once" not in one.sentence


def test_what_is_foreseen_says_how_many_run_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresight, "cost_of", lambda *_: Cost(60.0, 0.0, 0.0))
    alone = preview("single", ["mlp"], root=tmp_path, seeds=3, quiet=True)
    with InThreads(slots=2):
        shared = preview("single", ["mlp"], root=tmp_path, seeds=3, quiet=True)
    assert [round(one.minutes, 6) for one in (alone, shared)] == [3, 2]
    assert "3 trainings, about 3 minutes on this machine" in str(alone)
    assert "3 trainings, about 2 minutes, 2 runs at once" in str(shared)
    assert shared.to_json()["at_once"] == 2


def test_steps_are_timed_with_the_threads_of_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_estimates, "usable_cores", lambda: 4)
    assert time_estimates._threads() is None
    with InThreads() as workers:
        for threads, expected in ((1, 1), (8, 4)):
            workers.threads = threads
            assert time_estimates._threads() == expected
