"""Means and differences over several drawings of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.metrics import mean_interval
from glyphlab.metrics.model_tests.over_data import (
    compare_over_data,
    interval_over_data,
    verdicts_over_data,
)

Tables = list[NDArray[np.bool_]]


def drawn(rng: np.random.Generator, sd: float, *, data: int = 3, models: int = 2) -> list[Tables]:
    """Answers of models of 90 %, each better or worse on some data than on others."""
    found: list[Tables] = [[] for _ in range(models)]
    for _ in range(data):
        hard = rng.beta(0.2, 1.8, 400)
        for tables in found:
            luck = rng.normal(0, sd) + rng.normal(0, 0.005, (2, 1))
            tables.append(rng.random((2, 400)) >= hard * (1 + luck / 0.1))
    return found


@pytest.mark.parametrize("sd", [0.0, 0.01, 0.04])
@pytest.mark.parametrize("data", [3, 5])
def test_other_data_are_covered_and_equal_models_seldom_distinguished(sd: float, data: int) -> None:
    rng = np.random.default_rng(data)
    different = covered = 0
    for _ in range(300):
        a, b = drawn(rng, sd, data=data)
        different += compare_over_data(a, b).p < 0.05
        found = interval_over_data(a)
        covered += found.low <= 0.9 <= found.high
    assert different / 300 <= 0.085
    assert covered / 300 >= 0.92


def test_one_data_set_does_not_speak_for_others() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        (a,) = drawn(rng, 0.04, data=1, models=1)
        found = mean_interval(a[0])
        inside += found.low <= 0.9 <= found.high
    assert inside / 200 < 0.9


def test_glyphs_that_all_test_sets_share_do_not_become_more() -> None:
    rng = np.random.default_rng(2)
    misses = [0, 0]
    for _ in range(200):
        bad = rng.random(60) < 0.1
        ids = [rng.permutation(np.repeat(np.arange(60), 5)) for _ in range(5)]
        tables = [(~bad[one])[None] | np.zeros((2, 1), bool) for one in ids]
        for place, known in enumerate((None, ids)):
            found = interval_over_data(tables, known)
            misses[place] += not found.low <= 0.9 <= found.high
    assert misses[0] / 200 > 0.5
    assert misses[1] / 200 < 0.12


def test_where_whole_glyphs_are_read_wrong_no_error_is_not_certainty() -> None:
    rng = np.random.default_rng(5)
    ids = [np.repeat(np.arange(20) + 100 * part, 20)[:, None] for part in range(2)]
    inside = 0
    for _ in range(200):
        tables = [np.repeat(rng.random(20) < 0.98, 20)[None] for _ in ids]
        found = interval_over_data(tables, ids)
        inside += found.low <= 0.98 <= found.high
    assert inside / 200 >= 0.93


def test_glyphs_of_each_set_alone_change_little() -> None:
    rng = np.random.default_rng(3)
    a, b = drawn(rng, 0.02)
    ids = [np.arange(400) + 400 * number for number in range(3)]
    plain, known = compare_over_data(a, b), compare_over_data(a, b, ids)
    assert known.p == pytest.approx(plain.p)
    assert (plain.glyphs, known.glyphs) == (None, 1200)
    assert known.data_seeds == 3
    assert known.items == 1200


def test_verdicts_name_the_better_model() -> None:
    rng = np.random.default_rng(4)
    a, b = drawn(rng, 0.0)
    worse = [table & (rng.random(table.shape) < 0.8) for table in b]
    found = {(v.a, v.b): v for v in verdicts_over_data({"a": a, "b": b, "worse": worse})}
    assert found["a", "worse"].verdict == "better"
    assert found["a", "b"].verdict == "not distinguished"
    assert found["a", "b"].data_seeds == 3
    assert found["a", "b"].detectable > 0
    alone = {name: [table[:1] for table in tables] for name, tables in {"a": a, "w": worse}.items()}
    assert verdicts_over_data(alone)[0].verdict == "better"  # each data seed has a seed of its own
    near = verdicts_over_data({"a": a, "b": b}, margin=0.2)
    assert near[0].verdict == "equivalent"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda a, b: interval_over_data(a[:1]), "more than once"),
        (lambda a, b: interval_over_data(a, [None]), "glyphs of each"),
        (lambda a, b: compare_over_data(a, b[:2]), "same data"),
        (lambda a, b: compare_over_data(a, b, margin=0), "margin is 0"),
    ],
)
def test_what_cannot_be_compared_is_said(call: Any, said: str) -> None:
    a, b = drawn(np.random.default_rng(0), 0.01)
    with pytest.raises(UsageError, match=said):
        call(a, b)
