"""Verdicts on hand-made values."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab.reproductions.rows import (
    Measured,
    Row,
    from_correct,
    from_fact,
    from_values,
    verdict_on,
)


def row(reported: float, items: int | None = None, why: str = "") -> Row:
    return Row(
        "x", "x", "exact_match", reported, "", "", lambda *_: None, items=items, not_comparable=why
    )  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("reported", "value", "half", "items", "verdict"),
    [
        (0.9760, 0.9761, 0.001, 20_000, "match"),
        (0.9760, 0.9900, 0.001, 20_000, "better"),
        (0.9760, 0.9500, 0.001, 20_000, "worse"),
        (84, 84, 0.0, None, "match"),
        (84, 85, 0.0, None, "better"),
        (0.0, 0.0, 0.0, 20_000, "match"),
    ],
)
def test_verdict_weighs_both_uncertainties(
    reported: float, value: float, half: float, items: int | None, verdict: str
) -> None:
    measured = Measured(value, value - half, value + half, 3)
    assert verdict_on(row(reported, items), measured, comparable=True) == verdict


def test_what_cannot_be_held_side_by_side_is_never_judged() -> None:
    measured = Measured(1.0, 1.0, 1.0, 3)
    assert verdict_on(row(1.0, why="other data"), measured, True) == "not comparable"
    assert verdict_on(row(1.0), measured, False) == "not comparable"


def test_one_value_has_no_interval_and_three_have_students() -> None:
    assert from_values([0.5]).low is None
    three = from_values([1.0, 2.0, 3.0])
    assert three.value == 2.0
    np.testing.assert_allclose(three.high - three.value, 4.302652729911275 / np.sqrt(3))


def test_correctness_counts_seeds_and_items() -> None:
    correct = np.ones((3, 50), bool)
    correct[0, :5] = False
    measured = from_correct(correct)
    np.testing.assert_allclose(measured.value, 145 / 150)
    assert measured.seeds == 3
    assert measured.low is not None
    assert measured.low < measured.value


def test_one_seed_may_match_but_is_never_better_or_worse() -> None:
    near, far = Measured(0.9761, None, None, 1), Measured(0.99, 0.989, 0.991, 1)
    assert verdict_on(row(0.976, 20_000), near, True) == "match"
    assert verdict_on(row(0.976, 20_000), far, True) == "not comparable"
    assert verdict_on(row(0.995, 20_000), far, True) == "not comparable"


def test_a_smaller_loss_is_the_better_one_and_matches_as_one_more_training_would() -> None:
    row = Row("a", "a loss", "loss", 0.50, "table", "one seed", lambda _t, _r: from_fact(0))
    assert verdict_on(row, Measured(0.52, 0.51, 0.53, 4), comparable=True) == "match"
    assert verdict_on(row, Measured(0.56, 0.55, 0.57, 4), comparable=True) == "worse"
    assert verdict_on(row, Measured(0.44, 0.43, 0.45, 4), comparable=True) == "better"
