"""Which epoch's weights are kept."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphlab.training.selection import Direction, Selection


def over(*scores: float, direction: Direction = "highest") -> Selection:
    selection = Selection(direction)
    for epoch, score in enumerate(scores, 1):
        selection = selection.take(score, epoch)
    return selection


@pytest.mark.parametrize(
    ("scores", "epoch", "waited"),
    [
        ((), 0, 0),
        ((0.5,), 1, 0),
        ((0.5, 0.6, 0.4), 2, 1),
        ((0.5, 0.6, 0.6, 0.6), 2, 2),  # the first of equals
        ((0.0,), 1, 0),
        ((0.0, 0.0, 0.0), 3, 0),  # nothing was ever correct: the latest, and none waited
        ((0.5, 0.6, 0.0, 0.0), 2, 2),  # a 0 after a good one is a worse epoch like any other
        ((0.0, 0.0, 0.1, 0.0), 3, 1),
        ((float("nan"), 0.2, float("nan")), 2, 1),
    ],
)
def test_the_highest(scores: tuple[float, ...], epoch: int, waited: int) -> None:
    selection = over(*scores)
    assert (selection.epoch, selection.waited) == (epoch, waited)
    assert selection.score == (scores[epoch - 1] if epoch else None)
    assert selection.is_latest == (bool(scores) and epoch == len(scores))


@pytest.mark.parametrize(
    ("scores", "epoch"),
    [((3.0,), 1), ((3.0, 2.0, 4.0), 2), ((3.0, 2.0, 2.0), 2), ((0.0, 0.0, 0.0), 1)],
)
def test_the_lowest(scores: tuple[float, ...], epoch: int) -> None:
    selection = over(*scores, direction="lowest")
    assert (selection.epoch, selection.score) == (epoch, scores[epoch - 1])
    assert selection.waited == len(scores) - epoch


@given(scores=st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.3]), min_size=1))
def test_by_the_rule_in_one_line(scores: list[float]) -> None:
    best = max(scores)
    wanted = scores.index(best) + 1 if best else len(scores)
    assert over(*scores).epoch == wanted


def test_it_is_a_value_that_a_header_can_hold() -> None:
    selection = over(0.5, 0.25)
    assert Selection(**json.loads(json.dumps(dataclasses.asdict(selection)))) == selection
    with pytest.raises(dataclasses.FrozenInstanceError):
        selection.epoch = 3  # type: ignore[misc]
