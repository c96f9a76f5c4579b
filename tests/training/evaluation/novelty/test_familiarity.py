"""What a model is familiar with: its limits, its false alarms, and its file."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab.data.prepare import Style
from glyphlab.training.evaluation.inference import Predictions
from glyphlab.training.evaluation.model_reader import Reading
from glyphlab.training.evaluation.novelty.class_spaces import ClassSpaces
from glyphlab.training.evaluation.novelty.familiarity import (
    AS_IT_IS,
    DOUBT,
    PREPARED,
    WIDE,
    FalseAlarms,
    Familiarity,
    distances,
    familiarity_in,
    together,
)
from glyphlab.training.evaluation.novelty.rarity import Rarity

RNG = np.random.default_rng(2)


def reading(features: NDArray[np.float32], confidence: float = 0.9) -> Reading:
    count, rows = features.shape[:2]
    probabilities = np.full((count, rows, 2), 0.5, np.float32)
    probabilities[..., 1] = 0.6
    predictions = Predictions(
        np.ones((count, rows), np.int64), np.full(count, confidence, np.float32), probabilities
    )
    return Reading(predictions, {"pixels": features, "features": features})


@pytest.fixture
def known() -> Familiarity:
    spaces = ClassSpaces.fit(RNG.normal(size=(60, 3)).astype(np.float32), np.arange(60) % 2, 0.6, 2)
    alarms = FalseAlarms.among(np.arange(200) < 1)
    usual = Rarity.among(RNG.exponential(size=500))
    return Familiarity(
        {"pixels": spaces, "features": spaces},
        dict.fromkeys(("pixels", "features", WIDE, DOUBT), usual),
        {AS_IT_IS: 1.0, PREPARED: 3.0},
        {AS_IT_IS: alarms, PREPARED: alarms},
        Style(size=(8, 9), dark=True),
    )


def test_the_strangest_symbol_counts_and_views_are_added(known: Familiarity) -> None:
    rows = np.zeros((2, 3, 3), np.float32)
    rows[1, 2] = 50
    white = np.full((2, 8, 9), 255, np.uint8)
    found = distances(known.spaces, white, reading(rows), known.style)
    assert set(found) == {"pixels", "features", WIDE, DOUBT}
    alone = known.spaces["pixels"].distance(rows[1, 2:], np.ones(1, np.int64))[0]
    assert found["pixels"][1] == pytest.approx(alone)
    np.testing.assert_array_equal(found[WIDE], 0)  # white is the ground of dark ink
    np.testing.assert_allclose(found[DOUBT], 0.1, atol=1e-6)
    every = together(known.rarities, found)
    np.testing.assert_allclose(every, known.strangeness(white, reading(rows)))
    by_name = [known.rarities[name].of(found[name]) for name in found]
    np.testing.assert_allclose(every, np.sum(by_name, 0))
    doubtful = known.strangeness(white, reading(rows, 0.2))
    assert (doubtful > every).all()


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
    images = RNG.integers(0, 256, (5, 8, 9), dtype=np.uint8)
    np.testing.assert_array_equal(
        again.strangeness(images, reading(rows)), known.strangeness(images, reading(rows))
    )
    assert again.limits == known.limits
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
        {"form": 0}, {"spaces": []}, {"spaces": ["other"]}, {"spaces": 3}, {"rarities": {}},
        {"rarities": {"pixels": {"quantiles": [1, 2], "tail": 1}}}, {"limits": {"as it is": 1}},
        {"limits": {"as it is": "x", "prepared": 1}}, {"style": {"no": 1}}, {"style": None},
        {"false_alarms": {}}, {"false_alarms": {"as it is": {"images": 1}, "prepared": {}}},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_ignored(known: Familiarity, changes: dict[str, Any]) -> None:
    assert familiarity_in(spoilt(known.to_arrays("abc"), **changes), "abc") is None


@pytest.mark.parametrize(
    "change",
    [
        {"pixels_means": np.zeros((3, 3), np.float64)},
        {"pixels_means": np.zeros(3, np.float32)},
        {"pixels_means": np.full((3, 3), np.nan, np.float32)},
        {"pixels_directions": np.zeros((1, 3, 2), np.float32)},
        {"pixels_units": np.zeros(3, np.float32)},
        {"pixels_units": np.ones(2, np.float32)},
        {"pixels_known": np.zeros(3)},
        {"said": np.array("{")},
        {"said": np.array("[]")},
        {"said": np.zeros(3)},
    ],
)
def test_arrays_that_do_not_fit_are_ignored(
    known: Familiarity, change: dict[str, NDArray[Any]]
) -> None:
    assert familiarity_in(known.to_arrays("abc") | change, "abc") is None
    assert familiarity_in({}, "abc") is None
