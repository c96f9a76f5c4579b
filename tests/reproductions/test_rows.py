"""Verdicts on hand-made values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glyphlab.reproductions.core.outcome import Outcome
from glyphlab.reproductions.core.rows import (
    Measured,
    Row,
    as_json,
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


@pytest.mark.parametrize(
    ("metric", "claim", "ends"),
    [
        ("accuracy", "", (0.0, 1.0)),
        ("share", "", (0.0, 1.0)),
        ("seconds", "", (0.0, 4.0)),
        ("loss", "", (-2.0, 4.0)),
        ("accuracy", "above", (-2.0, 4.0)),
    ],
)
def test_an_interval_ends_where_its_metric_does(
    metric: str, claim: Any, ends: tuple[float, float]
) -> None:
    one = replace(row(0.5), metric=metric, claim=claim)
    document = as_json(one, Measured(0.9, -2.0, 4.0, 2), "match")
    assert (document["low"], document["high"]) == ends


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


@pytest.mark.parametrize(
    ("claim", "low", "high", "verdict"),
    [
        ("above", 0.01, 0.03, "holds"),
        ("above", -0.01, 0.03, "not distinguished"),
        ("above", -0.03, -0.01, "does not hold"),
        ("below", -0.03, -0.01, "holds"),
        ("below", 0.01, 0.03, "does not hold"),
    ],
)
def test_a_claim_holds_where_the_whole_interval_is_on_its_side(
    claim: Any, low: float, high: float, verdict: str
) -> None:
    one = Row("a", "a", "difference", 0.0, "text", "one seed", lambda _t, _r: from_fact(0),
              claim=claim)  # fmt: skip
    assert verdict_on(one, Measured((low + high) / 2, low, high, 5), True) == verdict
    assert verdict_on(one, Measured(0.5, None, None, 1), True) == "not comparable"
    moved = replace(one, bound=0.1)
    assert verdict_on(moved, Measured(0.1, 0.1 + low, 0.1 + high, 5), True) == verdict


def test_a_claim_says_its_side_and_bound_in_the_document_and_in_the_table() -> None:
    one = Row("a", "a", "accuracy", 0.97, "text", "one seed", lambda _t, _r: from_fact(0),
              claim="above", bound=0.97)  # fmt: skip
    document = as_json(one, Measured(0.99, 0.98, 1.0, 5), "holds")
    assert document["claim"] == "above 0.97"
    assert as_json(row(0.5), Measured(0.5, 0.4, 0.6, 5), "match")["claim"] is None
    table = str(Outcome("n", "t", "full", "c", [document], {}))
    assert "above 97.00%" in table
    numbered = as_json(replace(one, reported=0.98), Measured(0.99, 0.98, 1.0, 5), "holds")
    assert "98.00%, above 97.00%" in str(Outcome("n", "t", "full", "c", [numbered], {}))


def test_what_the_report_leaves_open_is_allowed_for() -> None:
    one = Row("a", "a", "parameters", 178_000, "text", "about", lambda _t, _r: from_fact(0),
              slack=500)  # fmt: skip
    assert verdict_on(one, from_fact(178_110), True) == "match"
    assert verdict_on(one, from_fact(178_600), True) == "higher"


@pytest.mark.parametrize("metric", ["correlation", "difference", "distance", "epochs"])
def test_what_has_no_good_side_is_higher_or_lower(metric: str) -> None:
    one = Row("a", "a", metric, 3.0, "text", "", lambda _t, _r: from_fact(0))
    assert verdict_on(one, Measured(5.0, 4.9, 5.1, 5), True) == "higher"
    assert verdict_on(one, Measured(1.0, 0.9, 1.1, 5), True) == "lower"
    assert verdict_on(one, Measured(3.0, 2.9, 3.1, 5), True) == "match"


def test_a_row_is_about_the_first_of_its_models() -> None:
    one = Row("a", "a", "loss", 0.0, "", "", lambda _t, _r: from_fact(0),
              ("first", "second", "third", "fourth"))  # fmt: skip
    assert one.model == "first"
    assert row(0.5).model is None
