"""Recorded documents, judged again by today's rule."""

from __future__ import annotations

from typing import Any

import pytest

from glyphlab.reproductions.core.verdicts.new_verdicts import with_new_verdicts


def document(paper: str, *rows: dict[str, Any]) -> dict[str, Any]:
    usual = {"measured": 0.9, "low": None, "high": None, "seeds": 1, "commits": ["c"]}
    return {"paper": paper, "scale": "full", "rows": [{**usual, **row} for row in rows]}


def judged(paper: str, **row: Any) -> dict[str, Any]:
    found: dict[str, Any] = with_new_verdicts(document(paper, row))["rows"][0]
    return found


def test_what_was_measured_and_its_commits_stay() -> None:
    row = judged("fashion-mnist", id="4.train", measured=0.8893, low=0.888, high=0.8906, seeds=5)
    assert (row["measured"], row["low"], row["high"], row["commits"]) == (
        0.8893, 0.888, 0.8906, ["c"],
    )  # fmt: skip
    assert (row["verdict"], row["computed_from"]) == ("equal", "from the recorded interval")


def test_rows_that_the_paper_has_no_longer_are_dropped() -> None:
    assert with_new_verdicts(document("fashion-mnist", {"id": "gone"}))["rows"] == []


def test_training_accuracy_of_support_vectors_was_counted_on_fewer_images() -> None:
    row = judged("mnist-addition", id="5.2.default.train", measured=0.8958)
    assert (row["basis"], row["items"], row["verdict"]) == ("deterministic fit", 10_000, "better")
    row = judged("mnist-addition", id="5.1.default.train", measured=0.304)
    assert row["items"] == 48_000


@pytest.mark.parametrize("value", ["5.1.sag-1.test", "5.3.default.test"])
def test_one_fit_with_chance_is_not_judged(value: str) -> None:
    row = judged("mnist-addition", id=value)
    assert (row["basis"], row["verdict"]) == ("one seed", "one seed")


def test_a_short_training_is_not_compared() -> None:
    row = judged("mnist-gan", id="3.best", measured=0.8, low=0.5, high=1.1, seeds=5, scale="quick")
    assert (row["verdict"], row["high"], row["scale"]) == ("not comparable", 1.0, "quick")


def test_a_sentence_that_a_fact_decides_stays_decided() -> None:
    row = judged("mnist-gan", id="3.grid-1", measured=0.41, seeds=0)
    assert (row["basis"], row["verdict"], row["low"]) == ("fact", "does not hold", None)
