"""What a trial tries."""

from __future__ import annotations

import pytest

from glyphlab.experiments.search.definition import StageDefinition
from glyphlab.experiments.search.proposals import decode, propose


def test_what_was_found_before_is_tried_first() -> None:
    stage = StageDefinition.model_validate(
        {
            "name": "again",
            "trials": 3,
            "space": {
                "training.learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
                "model.units": {"low": 10, "high": 90, "least": 1, "most": 3},
                "training.optimizer": ["adam", "sgd"],
                "model.dropout": {"low": 0.0, "high": 0.5},
            },
        }
    )
    space = stage.dimensions
    known = {
        "training.learning_rate": 0.0123,
        "model.units": [30, 40],
        "training.optimizer": "sgd",
        "model.dropout": 0.7,  # not in this space
        "training.epochs": 4,
    }
    first = decode(space, propose(stage, space, 0, 0, [], known).params)
    assert first["training.learning_rate"] == pytest.approx(0.0123)
    assert (first["model.units"], first["training.optimizer"]) == ([30, 40], "sgd")
    assert 0 <= first["model.dropout"] <= 0.5
    second = [decode(space, propose(stage, space, 0, 1, [], one).params) for one in (known, {})]
    assert second[0] == second[1]
