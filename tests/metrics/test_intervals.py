import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from glyphlab._common.errors import UsageError
from glyphlab.metrics import clusters_of, mean_interval
from glyphlab.metrics.simulation import World, draw_answers
from glyphlab.metrics.variance_components import components


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(2, 40), st.floats(0, 1))
def test_an_interval_holds_its_mean_and_stays_in_range(seed, seeds, items, share):
    table = np.random.default_rng(seed).random((seeds, items)) < share
    found = mean_interval(table)
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.mean == pytest.approx(table.mean())
    assert found.low < found.high
    assert (found.seeds, found.items) == table.shape


def test_one_seed_is_wilson_on_the_items():
    table = np.arange(2000)[None] < 1960
    found = mean_interval(table)
    wilson = binomtest(1960, 2000).proportion_ci(method="wilson")
    assert found.low == pytest.approx(wilson.low, abs=1e-4)
    assert found.high == pytest.approx(wilson.high, abs=1e-4)
    assert found.covers == "items only"


@pytest.mark.parametrize("seeds", [1, 3])
def test_nothing_right_or_nothing_wrong_leaves_room_for_doubt(seeds):
    nothing = mean_interval(np.zeros((seeds, 1000), bool))
    assert nothing.mean == nothing.low == 0
    assert 3 / 1000 < nothing.high < 5 / 1000  # the rule of three, two-sided
    everything = mean_interval(np.ones((seeds, 1000), bool))
    assert everything.low == pytest.approx(1 - nothing.high)
    assert everything.high == 1


def test_right_and_wrong_are_mirror_images():
    table = np.random.default_rng(3).random((3, 500)) < 0.93
    found, mirrored = mean_interval(table), mean_interval(~table)
    assert mirrored.low == pytest.approx(1 - found.high)
    assert mirrored.high == pytest.approx(1 - found.low)


def test_identical_seeds_are_no_more_than_one():
    row = np.random.default_rng(1).random((1, 3000)) < 0.97
    one, three = mean_interval(row), mean_interval(np.repeat(row, 3, axis=0))
    assert three.high - three.low >= 0.99 * (one.high - one.low)


def test_seeds_that_disagree_widen_the_interval():
    rng = np.random.default_rng(2)
    steady = rng.random((3, 5000)) < 0.95
    restless = rng.random((3, 5000)) < np.array([[0.99], [0.95], [0.91]])
    width = [found.high - found.low for found in map(mean_interval, (steady, restless))]
    assert width[1] > 3 * width[0]


def test_the_parts_are_those_of_the_analysis_of_variance():
    table = np.random.default_rng(5).random((4, 30)) < 0.8
    y = table.astype(float)
    rest = y - y.mean(0) - y.mean(1, keepdims=True) + y.mean()
    found = components(table)
    assert found.by_chance == pytest.approx((rest**2).sum() / 3 / 30**2)
    assert found.by_seed == pytest.approx(max(y.mean(1).var(ddof=1), found.by_chance))
    batch = components(np.stack([table, ~table]))
    assert batch.by_chance == pytest.approx([float(found.by_chance)] * 2)
    alone = components(table, clusters_of(np.arange(30), 30))
    assert alone.by_chance == pytest.approx(found.by_chance)


@pytest.mark.parametrize(
    ("accuracy", "seed_sd", "seeds"),
    [(0.99, 0.0, 3), (0.99, 0.002, 3), (0.9, 0.03, 3), (0.97, 0.005, 5), (0.97, 0.005, 2)],
)
def test_the_true_accuracy_is_covered_as_often_as_promised(accuracy, seed_sd, seeds):
    world = World("cover", seeds, accuracy=accuracy, seed_sd=(seed_sd,), items=1500)
    (tables,) = draw_answers(world, 400, np.random.default_rng(seeds)).equal
    found = [mean_interval(table) for table in tables]
    covered = np.mean([interval.low <= accuracy <= interval.high for interval in found])
    assert covered >= 0.93


@pytest.mark.parametrize(
    "table", [np.zeros((3, 5)), np.zeros(5, bool), np.zeros((0, 5), bool), np.zeros((3, 1), bool)]
)
def test_what_is_no_table_of_answers_is_said(table):
    with pytest.raises(UsageError, match="expected"):
        mean_interval(table)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_an_impossible_level_is_said(level):
    with pytest.raises(UsageError, match=r"0\.95"):
        mean_interval(np.zeros((2, 5), bool), level=level)
