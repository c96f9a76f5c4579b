"""Small simulations: what is promised holds where the truth is known, and would be seen to fail."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics import clusters_of, compare_pair, mean_interval, one_more_run, verdicts
from glyphlab.metrics.intervals import bounds
from glyphlab.metrics.model_tests.paired_tests import contrast
from glyphlab.metrics.one_more_run import prediction_bounds
from glyphlab.metrics.simulation import (
    World,
    draw_answers,
    equivalence_rates,
    measure,
    measure_over_data,
    power_table,
)
from glyphlab.metrics.simulation.foretold import foretell
from glyphlab.metrics.simulation.honest_worlds import DATA_WORLDS, FORETOLD, POWERS, WORLDS
from glyphlab.metrics.variance_components import components

SHARED = World(
    "shared", 3, items=999, uses=9, per_image=3, glyph_correlation=0.95, item_correlation=0.9
)
PLAIN = World("plain", 3, items=1000, accuracy=0.95, seed_sd=(0.01, 0.01))
SKEWED = World("skewed", 3, items=1000, seed_sd=(0.01, 0.001), skewed=True)


def test_the_drawn_answers_have_the_accuracy_and_the_spread_asked_for() -> None:
    world = World("check", 4, items=4000, accuracy=0.95, seed_sd=(0.01, 0.02), second_seeds=3)
    drawn = draw_answers(world, 200, np.random.default_rng(0), (0.02,))
    for table, sd in zip(drawn.equal, world.seed_sd, strict=True):
        assert table.mean() == pytest.approx(0.95, abs=0.004)
        assert table.mean(axis=2).var(axis=1, ddof=1).mean() ** 0.5 == pytest.approx(sd, rel=0.15)
    assert [table.shape[1] for table in drawn.equal] == [4, 3]
    assert drawn.shifted[0].mean() == pytest.approx(drawn.equal[1].mean() - 0.02, abs=0.002)
    assert drawn.extra.shape == (200, 4000)
    assert drawn.ids is None


def test_glyphs_are_used_equally_often_and_errors_follow_them() -> None:
    drawn = draw_answers(SHARED, 60, np.random.default_rng(1))
    assert drawn.ids is not None
    assert (np.bincount(drawn.ids.ravel()) == 9).all()
    assert all(len(set(row)) == 3 for row in drawn.ids.tolist())
    assert drawn.equal[0].mean() == pytest.approx(0.99, abs=0.002)
    clusters = clusters_of(drawn.ids, SHARED.items)
    effect = bounds(components(drawn.equal[0], clusters))[2].mean()
    alone = replace(SHARED, glyph_correlation=0.0)
    rest = draw_answers(alone, 60, np.random.default_rng(1))
    plain = bounds(components(rest.equal[0], clusters_of(rest.ids, SHARED.items)))[2].mean()
    assert effect > 3
    assert plain < 1.2


@pytest.mark.parametrize("world", [SHARED, PLAIN], ids=lambda world: world.name)
def test_promises_are_kept(world: World) -> None:
    found = measure(world, 400, numpy_rng(0, world.name))
    assert found["better"] <= 0.07
    assert found["covered"] >= 0.93
    assert found["equivalent_at_margin"] <= 0.07
    assert found["one_more"] <= 0.07


def test_skewed_seeds_keep_the_weaker_promises() -> None:
    found = measure(SKEWED, 400, numpy_rng(0, "skewed"))
    assert found["better"] <= 0.10
    assert found["covered"] >= 0.91
    assert found["one_more"] <= 0.11


def test_without_glyphs_the_promises_are_broken() -> None:
    drawn = draw_answers(replace(SHARED, seeds=5), 300, np.random.default_rng(2))
    a, b = (components(table) for table in drawn.equal)
    low, high, _ = bounds(a)
    assert ((low <= 0.99) & (high >= 0.99)).mean() < 0.85
    assert (contrast(a, b).p_value() < 0.05).mean() > 0.08


def test_items_alone_would_call_equal_models_different() -> None:
    drawn = draw_answers(replace(PLAIN, seed_sd=(0.03, 0.03)), 200, np.random.default_rng(0))
    found = contrast(*(components(table) for table in drawn.equal))
    assert (np.abs(found.difference) > 1.96 * np.sqrt(found.of_items)).mean() > 0.3


def test_what_seeds_bring_is_taken_as_if_both_models_were_equal() -> None:
    """Else a model with skewed seeds that happens to make few errors would seem certain."""
    drawn = draw_answers(replace(SKEWED, items=5000), 600, np.random.default_rng(3))
    a, b = (components(table) for table in drawn.equal)
    found = contrast(a, b)
    naive = a.by_seed / 3 + b.by_seed / 3 + found.of_items
    lucky = np.abs(found.difference) > found.reference.quantile(0.05) * np.sqrt(naive)
    assert lucky.mean() > 0.08
    assert (found.p_value() < 0.05).mean() < lucky.mean() - 0.02


def test_a_difference_of_a_point_is_found_almost_always() -> None:
    world = World("one point", 3, items=20_000, seed_sd=(0.001, 0.001))
    found = power_table(world, (0.001, 0.01), 60, np.random.default_rng(0))
    assert found["0.01"] >= 0.95
    assert found["0.001"] < 0.4


def test_what_is_foretold_is_found() -> None:
    world = World("plan", 5, items=2000, accuracy=0.9, seed_sd=(0.01, 0.01))
    found = foretell(world, 300, np.random.default_rng(1))
    assert found["found"] == pytest.approx(found["foretold"], rel=0.2)
    assert found["afterwards"] == pytest.approx(found["foretold"], rel=0.35)


def test_the_simulated_rules_are_those_that_users_get() -> None:
    drawn = draw_answers(SHARED, 3, np.random.default_rng(0))
    clusters = clusters_of(drawn.ids, SHARED.items)
    first, second = (components(table, clusters) for table in drawn.equal)
    p, (low, high, _) = contrast(first, second).p_value(), bounds(first)
    more = prediction_bounds(first)
    for row in range(3):
        a, b = (table[row] for table in drawn.equal)
        assert compare_pair(a, b, drawn.ids).p == pytest.approx(p[row])
        assert verdicts({"a": a, "b": b}, drawn.ids)[0].p_holm == pytest.approx(p[row])
        found = mean_interval(a, drawn.ids)
        assert (found.low, found.high) == pytest.approx((low[row], high[row]))
        run = one_more_run(a, drawn.ids)
        assert (run.low, run.high) == pytest.approx((more[0][row], more[1][row]))


def test_worlds_of_the_benchmark_can_be_drawn_and_have_names_of_their_own() -> None:
    every = [*WORLDS, *DATA_WORLDS, *POWERS, *FORETOLD]
    for one, other in combinations([(w.name, w.seeds) for w in WORLDS], 2):
        assert one[0] != other[0]
    for world in every:
        assert world.items * world.per_image == world.glyphs * world.uses
        assert world.glyphs % world.per_image == 0


def test_several_drawings_of_the_data_keep_the_promises() -> None:
    world = World(
        "data", 2, items=800, accuracy=0.95, seed_sd=(0.003,) * 2, data_seeds=3, data_sd=0.01
    )
    found = measure_over_data(world, 300, np.random.default_rng(0))
    assert found["better"] <= 0.08
    assert found["covered"] >= 0.93
    assert found["equivalent_at_margin"] <= 0.08
    assert found["equivalent_at_none"] > 0.2


def test_equality_is_shown_of_equal_models_and_not_at_the_margin() -> None:
    world = World("equal", 5, items=20_000)
    found = equivalence_rates(world, 0.003, 150, np.random.default_rng(0))
    assert found["at_none"] > 0.85
    assert found["at_margin"] <= 0.1
