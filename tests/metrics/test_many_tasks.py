"""Several tasks in one verdict."""

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.metrics import across_tasks


def test_a_model_that_is_ahead_by_the_same_on_five_tasks_is_better():
    hard = np.array([0.99, 0.9, 0.8, 0.95, 0.6])
    noise = np.array([0.001, -0.001, 0.0, 0.002, -0.002])
    found = across_tasks({"a": list(hard + 0.02 + noise), "b": list(hard)})
    (pair,) = found.pairs
    assert (pair.verdict, pair.won, pair.lost) == ("better", 5, 0)
    assert pair.low < 0.02 < pair.high < 0.03
    assert found.models[0].mean == pytest.approx(hard.mean() + 0.02)
    assert found.models[0].rank == 1
    assert found.models[0].rank_low == 1 < found.models[0].rank_high < 2
    assert found.models[1].rank == 2 == found.models[1].rank_high


def test_one_task_that_differs_leaves_the_interquartile_mean_where_it_was():
    found = across_tasks({"a": [0.9, 0.91, 0.92, 0.93, 0.1], "b": [0.8, 0.81, 0.82, 0.83, 0.84]})
    assert found.models[0].middle == pytest.approx((0.9 + 0.91 + 0.92) / 3)
    assert found.models[0].mean < 0.8
    three = across_tasks({"a": [0.1, 0.2, 0.6]}).models[0]
    assert three.middle == three.mean == pytest.approx(0.3)


def test_equal_models_are_not_distinguished_and_share_their_rank():
    found = across_tasks({"a": [0.9, 0.8, 0.7], "b": [0.9, 0.8, 0.7]})
    assert found.pairs[0].verdict == "not distinguished"
    assert found.pairs[0].p == 1
    assert [row.rank for row in found.models] == [1.5, 1.5]


def test_differences_that_are_alike_to_the_last_digit_tell_no_spread():
    found = across_tasks({"a": [0.91, 0.81, 0.71], "b": [0.9, 0.8, 0.7]})
    assert found.pairs[0].verdict == "not distinguished"


def test_what_the_tasks_own_intervals_say_is_never_undercut():
    means = {"a": [0.9, 0.901, 0.902], "b": [0.8, 0.8, 0.8]}
    wide = {name: [(m - 0.2, min(m + 0.2, 1)) for m in values] for name, values in means.items()}
    assert across_tasks(means).pairs[0].verdict == "better"
    found = across_tasks(means, wide)
    assert found.within
    assert found.pairs[0].verdict == "not distinguished"


def test_student_over_tasks_covers_and_the_bootstrap_does_not():
    rng = np.random.default_rng(0)
    covered = boot = 0
    for _ in range(400):
        values = rng.normal(0.5, 0.1, 4)
        row = across_tasks({"a": list(values)}).models[0]
        covered += row.low <= 0.5 <= row.high
        low, high = np.quantile(values[rng.integers(0, 4, (500, 4))].mean(axis=1), [0.025, 0.975])
        boot += low <= 0.5 <= high
    assert covered / 400 > 0.92
    assert boot / 400 < 0.87


def test_equal_models_are_rarely_called_different():
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(300):
        tasks = int(rng.integers(3, 11))
        hard = rng.uniform(0.6, 0.99, tasks)
        means = {name: list(hard + rng.normal(0, 0.01, tasks)) for name in "abc"}
        wrong += any(pair.verdict != "not distinguished" for pair in across_tasks(means).pairs)
    assert wrong / 300 <= 0.08


@pytest.mark.parametrize(
    ("means", "intervals"),
    [
        ({}, None),
        ({"a": [0.9, 0.8]}, None),
        ({"a": [0.9, 0.8, 0.7], "b": [0.9, 0.8]}, None),
        ({"a": [0.9, float("nan"), 0.7]}, None),
        ({"a": [0.9, 0.8, 0.7]}, {"a": [(0.8, 1.0)]}),
    ],
)
def test_what_is_missing_is_said(means, intervals):
    with pytest.raises(UsageError, match="expected"):
        across_tasks(means, intervals)
