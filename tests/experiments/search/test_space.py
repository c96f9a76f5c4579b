"""Ranges and lists: what they hold, and what is wrong with those that cannot be meant."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import UsageError
from glyphlab.experiments.search.dimensions import Choice, Range, Sizes
from glyphlab.experiments.search.space import grid, nested, read_space, recipe_keys


def one(name: str, value: Any) -> Any:
    return read_space({name: value}, "here")[name]


def test_whole_numbers_where_the_recipe_takes_whole_numbers() -> None:
    batch = one("training.batch_size", {"low": 32, "high": 256, "step": 32})
    assert batch.whole
    assert batch.values() == [32, 64, 96, 128, 160, 192, 224, 256]
    rate = one("training.learning_rate", {"low": 1, "high": 3, "points": 3})
    assert not rate.whole
    assert rate.values() == [1.0, 2.0, 3.0]


def test_points_are_spaced_by_ratio_where_log() -> None:
    rate = one("training.learning_rate", {"low": 1e-5, "high": 0.1, "log": True, "points": 5})
    assert rate.values() == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 1e-1], rel=1e-12)
    assert rate.values()[-1] == 0.1
    epochs = one("training.epochs", {"low": 1, "high": 4, "points": 9})
    assert epochs.values() == [1, 2, 3, 4]  # whole numbers are named once


def test_keys_may_be_quoted_or_nested() -> None:
    quoted = read_space({"training.learning_rate": {"low": 0.1, "high": 0.2}}, "here")
    assert read_space({"training": {"learning_rate": {"low": 0.1, "high": 0.2}}}, "here") == quoted
    assert nested({"training.learning_rate": 1, "training.batch_size": 2, "model.channels": 3}) == {
        "training": {"learning_rate": 1, "batch_size": 2},
        "model": {"channels": 3},
    }


def test_a_grid_is_every_combination_once() -> None:
    space = read_space(
        {
            "training.batch_size": {"low": 8, "high": 24, "step": 8},
            "training.optimizer": ["adam", "sgd"],
            "task.redraw": [True, False],
        },
        "here",
    )
    found = [tuple(values.values()) for values in grid(space)]
    assert found == list(itertools.product([8, 16, 24], ["adam", "sgd"], [True, False]))


def test_every_key_of_a_recipe_can_be_varied() -> None:
    assert {"training.learning_rate", "model.channels", "task.affine"} <= set(recipe_keys())
    assert not {"seed", "name"} & set(recipe_keys())


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_what_a_range_holds_lies_in_it(data: st.DataObject) -> None:
    log = data.draw(st.booleans())
    low = data.draw(st.floats(1e-6, 1e3))
    found = Range(
        low, low * data.draw(st.floats(1.001, 1e4)), log, None, data.draw(st.integers(2, 9))
    )
    values = found.values()
    assert values == sorted(set(values))
    assert values[0] == found.low
    assert values[-1] == found.high
    assert len(values) == found.points


@given(st.integers(1, 60), st.sampled_from([0.1, 0.3, 0.7, 1e-3]), st.floats(0, 2))
@settings(deadline=None, max_examples=60)
def test_steps_end_at_the_end(count: int, step: float, low: float) -> None:
    found = Range(low, low + count * step, step=step)
    values = found.values()
    assert (values[0], values[-1], len(values)) == (found.low, found.high, count + 1)


def test_lists_of_lists_have_a_name_in_the_journal() -> None:
    assert Choice(([128], [256, 128], "none")).labels == ["[128]", "[256, 128]", "none"]


RATE = "training.learning_rate"
WRONG = {
    "low above high": (RATE, {"low": 0.1, "high": 0.01}, "low 0.1 is not below high 0.01: swap"),
    "low equals high": (RATE, {"low": 0.1, "high": 0.1}, "single value under [base]"),
    "log from zero": ("training.weight_decay", {"low": 0, "high": 1, "log": True}, "low above 0"),
    "log from below": (RATE, {"low": -1, "high": 1, "log": True}, "low above 0"),
    "one value": ("training.optimizer", ["adam"], "at least two"),
    "twice the same": ("training.optimizer", ["adam", "adam"], "the same value twice"),
    "no values": ("training.optimizer", [], "at least two"),
    "unknown word": ("training.optimizer", ["adam", "sdg"], "did you mean 'sgd'?"),
    "range of words": ("training.optimizer", {"low": 1, "high": 2}, '["adam", "adamw"]'),
    "range of truth": ("task.redraw", {"low": 0, "high": 1}, "[true, false]"),
    "unknown key": ("training.learning_raet", [1, 2], "did you mean 'training.learning_rate'?"),
    "no table": ("rate", [1, 2], "did you mean 'training.learning_rate'?"),
    "part of a number": ("training.batch_size", {"low": 1.5, "high": 8}, "whole numbers: write 2"),
    "no high": (RATE, {"low": 0.1}, "has no 'high'"),
    "no number": (RATE, {"low": "a", "high": 1}, "expected a number"),
    "truth as a number": (RATE, {"low": True, "high": 2}, "expected a number"),
    "unknown word of a range": (RATE, {"low": 1, "high": 2, "stp": 1}, "did you mean 'step'?"),
    "log is a word": (RATE, {"low": 1, "high": 2, "log": "yes"}, "expected true or false"),
    "steps that do not fit": (
        "training.batch_size", {"low": 32, "high": 250, "step": 32}, "write 224 or 256"),
    "endless steps": (RATE, {"low": 0.0, "high": 1e300, "step": 1e-300}, "endlessly often"),
    "no step": (RATE, {"low": 1, "high": 2, "step": 0}, "not above 0"),
    "step and log": (RATE, {"low": 1, "high": 2, "step": 1, "log": True}, "leave one of them out"),
    "one point": (RATE, {"low": 1, "high": 2, "points": 1}, "at least 2"),
    "points of no number": (RATE, {"low": 1, "high": 2, "points": True}, "whole number"),
    "outside the recipe": ("training.label_smoothing", {"low": 0, "high": 2}, "must be below 1"),
    "a single value": (RATE, 0.1, "belongs under [base]"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_said(case: str) -> None:
    name, value, said = WRONG[case]
    with pytest.raises(UsageError) as caught:
        one(name, value)
    assert said in str(caught.value)
    assert "here" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_space_is_none() -> None:
    with pytest.raises(UsageError, match="is empty"):
        read_space({}, "here")


ROW = {"low": 32, "high": 256, "least": 1, "most": 5}


def test_a_row_of_numbers() -> None:
    row = one("model.units", ROW)
    assert row == Sizes(32, 256, 1, 5)
    assert row.to_json() == ROW
    assert (row.count("model.units"), row.places("model.units")[-1]) == (
        "model.units.count", "model.units.5",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lwo": 3}, "did you mean 'low'"),
        ({"low": 256}, "low 256 and high 256, expected the first from 1 and below the second"),
        ({"least": 0}, "least 0 and most 5"),
        ({"most": 2.5}, "takes whole numbers"),
        ({"low": None}, "expected a number"),
    ],
)
def test_rows_that_cannot_be_meant(change: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        one("model.units", {**ROW, **change})
    with pytest.raises(UsageError, match="has no 'most'"):
        one("model.units", {key: ROW[key] for key in ROW if key != "most"})
