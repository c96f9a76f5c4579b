"""Images, epochs and seeds that fit in a time, and a plan that is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments.planning.minutes import (
    SHARE,
    Chosen,
    choose,
    fewer,
    kept_plan,
    plan_file,
    write_plan,
)
from glyphlab.experiments.planning.time_estimates import Cost, Sizes
from glyphlab.tasks.task_recipe import TaskRecipe

SIZES = Sizes(64_000, 16_000, 20_000, 4_000)
COSTS = {"a": Cost(1.0, 0.001, 0.0003), "b": Cost(1.0, 0.002, 0.0003)}
EPOCHS = {"a": 4, "b": 4}
CHANCE = {"a": True, "b": True}


def chosen(minutes: float, spent: float = 0.0, *, drawn: bool = True) -> Chosen:
    return choose(
        minutes, spent, COSTS, SIZES, EPOCHS, CHANCE, drawn=drawn, grid=1000, cells=4
    )  # fmt: skip


@pytest.mark.parametrize("drawn", [True, False])
@pytest.mark.parametrize("minutes", [5, 10, 30, 60, 300])
def test_what_is_chosen_fits_and_more_time_is_more(minutes: float, drawn: bool) -> None:
    one, more = chosen(minutes, drawn=drawn), chosen(4 * minutes, drawn=drawn)
    assert one.expected_minutes <= SHARE * minutes
    assert one.seeds >= 2
    size = (SIZES.train if not drawn else 100_000, 10)
    assert (more.images or size[0], more.seeds) >= (one.images or size[0], one.seeds)
    assert one.of_training is not drawn
    assert one.grid == 200


def test_time_that_is_gone_counts() -> None:
    late = chosen(10, spent=200)
    assert (late.images or 10**6) < (chosen(10).images or 10**6)


def test_all_images_and_more_seeds_where_there_is_time() -> None:
    assert (chosen(10_000).images, chosen(10_000).seeds) == (None, 10)


def test_too_short_is_one_line() -> None:
    with pytest.raises(UsageError, match=r"--minutes 0\.05 is too short: .* of 2 mo"):
        chosen(0.05)


def test_a_model_without_chance_is_trained_once() -> None:
    words = {"drawn": False, "grid": 0, "cells": 0}
    twice = choose(60, 0, COSTS, SIZES, EPOCHS, CHANCE, **words)  # type: ignore[arg-type]
    once = choose(60, 0, COSTS, SIZES, EPOCHS, {"a": True, "b": False}, **words)  # type: ignore[arg-type]
    assert (once.seeds, once.images or SIZES.train) > (twice.seeds, twice.images or SIZES.train)


def test_epochs_are_halved_only_where_all_models_share_them() -> None:
    short = 60 * SHARE * 2
    costs = {"a": Cost(0.0, short / 13_000, 0.0)}
    few = Sizes(500, 0, 0)
    words = {"drawn": False, "grid": 0, "cells": 0}
    assert choose(2, 0, costs, few, {"a": 10}, {"a": True}, **words).epochs == 5  # type: ignore[arg-type]
    two = {**costs, "b": Cost(0.0, 1e-9, 0.0)}
    other = choose(2, 0, two, few, {"a": 10, "b": 3}, {"a": True, "b": True}, **words)  # type: ignore[arg-type]
    assert (other.epochs, other.seeds) == (None, 2)


def test_a_plan_is_kept_and_a_damaged_one_is_made_anew(tmp_path: Path) -> None:
    path = plan_file(tmp_path / "runs", {"minutes": 10})
    assert path != plan_file(tmp_path / "runs", {"minutes": 11})
    assert kept_plan(path) is None
    one = chosen(10)
    write_plan(path, one)
    assert kept_plan(path) == one
    assert json.loads(path.read_text())["sentence"].startswith("Planned for 10 minutes (--minutes)")
    for damaged in ("{", "[]", '{"minutes": 1}', json.dumps({**one.to_json(), "seeds": "x"})):
        path.write_text(damaged)
        assert kept_plan(path) is None


def test_fewer_images_of_a_task() -> None:
    one = replace(chosen(10), images=2_000)
    assert fewer(TaskRecipe(per_label=4), one).images == 2_000
    assert fewer(TaskRecipe(), replace(one, of_training=True)).train_images == 2_000
    assert fewer(TaskRecipe(), replace(one, images=None)) == TaskRecipe(generalization_grid=200)
