"""What a model is familiar with: its limits, its false alarms, and its file."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab.data.prepare import Style
from glyphlab.training.evaluation.novelty.class_spaces import ClassSpaces
from glyphlab.training.evaluation.novelty.familiarity import (
    AS_IT_IS,
    PREPARED,
    FalseAlarms,
    Familiarity,
    familiarity_in,
)

RNG = np.random.default_rng(2)


@pytest.fixture
def known() -> Familiarity:
    spaces = ClassSpaces.fit(RNG.normal(size=(40, 3)).astype(np.float32), np.arange(40) % 2, 0.6, 2)
    alarms = FalseAlarms.among(np.arange(200) < 1)
    return Familiarity(
        {"pixels": spaces, "features": spaces},
        {"pixels": 2.0, "features": 4.0},
        {AS_IT_IS: 1.0, PREPARED: 3.0},
        {AS_IT_IS: alarms, PREPARED: alarms},
        Style(size=(8, 9), dark=True),
    )


def test_the_strangest_symbol_of_the_strangest_view_counts(known: Familiarity) -> None:
    rows = np.zeros((2, 3, 3), np.float32)
    rows[1, 2] = 50
    found = known.strangeness({"pixels": rows, "features": rows})
    distance = known.spaces["pixels"].distance(rows[1, 2:])[0]
    assert found[1] == pytest.approx(distance / 2, rel=1e-5)  # the smaller scale
    assert found[0] < found[1]


def test_limits_are_those_of_how_an_image_came(known: Familiarity) -> None:
    assert known.is_strange(2.0, 0.0, prepared=False)
    assert not known.is_strange(2.0, 0.0, prepared=True)
    assert not known.is_strange(1.0, 0.0, prepared=False)
    assert known.is_strange(0.0, 5.0, prepared=True)  # its light may have been its subject


def test_false_alarms_are_counted_with_an_interval() -> None:
    found = FalseAlarms.among(np.arange(200) < 2)
    assert (found.images, found.share) == (200, 0.01)
    assert 0 < found.low < 0.01 < found.high < 0.05


def test_it_is_kept_whole(known: Familiarity) -> None:
    again = familiarity_in(known.to_arrays("abc"), "abc")
    assert again is not None
    rows = RNG.normal(size=(5, 1, 3)).astype(np.float32)
    features = {"pixels": rows, "features": rows}
    np.testing.assert_array_equal(again.strangeness(features), known.strangeness(features))
    assert (again.limits, again.scales) == (known.limits, known.scales)
    assert again.style == known.style
    assert again.to_json() == known.to_json()
    assert "0.5%" in known.words


def test_it_is_of_one_set_of_weights(known: Familiarity) -> None:
    assert familiarity_in(known.to_arrays("abc"), "other") is None


def spoilt(arrays: dict[str, NDArray[Any]], **changes: Any) -> dict[str, NDArray[Any]]:
    said = json.loads(str(arrays["said"])) | changes
    return arrays | {"said": np.array(json.dumps(said))}


@pytest.mark.parametrize(
    "changes",
    [
        {"form": 0}, {"spaces": []}, {"spaces": ["other"]}, {"spaces": 3}, {"scales": {}},
        {"limits": {"as it is": 1}}, {"limits": {"as it is": -1, "prepared": 1}},
        {"limits": {"as it is": "x", "prepared": 1}}, {"style": {"no": 1}}, {"style": None},
        {"false_alarms": {}}, {"false_alarms": {"as it is": {"images": 1}, "prepared": {}}},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_ignored(known: Familiarity, changes: dict[str, Any]) -> None:
    assert familiarity_in(spoilt(known.to_arrays("abc"), **changes), "abc") is None


@pytest.mark.parametrize(
    "change",
    [
        {"pixels_means": np.zeros((2, 3), np.float64)},
        {"pixels_means": np.zeros(3, np.float32)},
        {"pixels_means": np.full((2, 3), np.nan, np.float32)},
        {"pixels_directions": np.zeros((1, 3, 2), np.float32)},
        {"pixels_means": np.zeros((0, 3), np.float32),
         "pixels_directions": np.zeros((0, 3, 1), np.float32)},
        {"said": np.array("{")},
        {"said": np.array("[]")},
        {"said": np.zeros(3)},
    ],
)  # fmt: skip
def test_arrays_that_do_not_fit_are_ignored(
    known: Familiarity, change: dict[str, NDArray[Any]]
) -> None:
    assert familiarity_in(known.to_arrays("abc") | change, "abc") is None
    assert familiarity_in({}, "abc") is None
