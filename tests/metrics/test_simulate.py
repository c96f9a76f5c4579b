import json

import numpy as np
import pytest

from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics import compare_pair, simulate, verdicts
from glyphlab.metrics.paired_tests import contrast
from glyphlab.metrics.simulate import Scenario, draw_answers, false_better_rate
from glyphlab.metrics.variance_components import components


@pytest.mark.parametrize(
    ("name", "items", "settings"),
    [
        ("seeds do not matter", 2000, {"seed_sd": 0.0}),
        ("realistic", 3000, {"seed_sd": 0.001}),
        ("large", 1000, {"seed_sd": 0.05, "accuracy": 0.9}),
        ("own hard items", 2000, {"seed_sd": 0.001, "own_items": True}),
        ("two seeds", 1000, {"seed_sd": 0.01, "accuracy": 0.95, "seeds": 2}),
        ("few items", 100, {"seed_sd": 0.01, "accuracy": 0.9}),
        ("four models", 1000, {"seed_sd": 0.01, "accuracy": 0.95, "models": 4}),
    ],
)
def test_equal_models_are_found_different_in_at_most_five_of_a_hundred(name, items, settings):
    rate = false_better_rate(1000, items=items, rng=numpy_rng(0, name), **settings)
    assert rate <= 0.05


def test_the_simulation_can_fail():
    # A test on items alone, as if the seeds were not drawn, calls equal models different.
    world = Scenario("equal", 2000, 3, (0.9, 0.9), 0.05)
    a, b = (components(t) for t in draw_answers(world, 200, np.random.default_rng(0)))
    found = contrast(a, b)
    assert (np.abs(found.difference) > 1.96 * np.sqrt(found.of_items)).mean() > 0.3


def test_one_point_at_98_percent_is_found_almost_always():
    world = Scenario("one point", 20_000, 3, (0.98, 0.99), 0.001)
    assert simulate.simulate(world, 100, np.random.default_rng(0)) >= 0.95


def test_the_simulated_test_is_the_one_that_users_get():
    world = Scenario("equal", 300, 3, (0.95, 0.97), 0.01)
    tables = draw_answers(world, 5, np.random.default_rng(0))
    batch = contrast(*(components(t) for t in tables)).p_value()
    for a, b, p in zip(*tables, batch, strict=True):
        assert compare_pair(a, b).p == pytest.approx(p)
        assert verdicts({"a": a, "b": b})[0].p_holm == pytest.approx(p)


def test_the_drawn_answers_have_the_accuracy_and_the_spread_asked_for():
    world = Scenario("check", 4000, 4, (0.95, 0.97), 0.01)
    for tables, accuracy in zip(
        draw_answers(world, 100, np.random.default_rng(1)), world.accuracies, strict=True
    ):
        assert tables.mean() == pytest.approx(accuracy, abs=0.004)
        spread = tables.mean(axis=2).var(axis=1, ddof=1).mean() ** 0.5
        assert spread == pytest.approx(0.01, rel=0.25)


def test_the_command_prints_a_table_and_json(capsys, monkeypatch):
    monkeypatch.setattr(simulate, "SCENARIOS", (Scenario("tiny", 50, 3, (0.9, 0.9), 0.01),))
    assert simulate.main(["--comparisons", "20"]) == 0
    table = capsys.readouterr().out
    assert "n = 20" in table
    assert "tiny" in table
    assert simulate.main(["--comparisons", "20", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (row,) = document["rows"]
    assert document["schema"] == 2
    assert row["low"] <= row["found_different"] <= row["high"]
