"""Measured values, and a row in a document and in a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from glyphlab._common.tabular.number_texts import percent
from glyphlab.reproductions.core.outcome import Outcome
from glyphlab.reproductions.core.rows import (
    Measured,
    Row,
    from_answers,
    from_events,
    from_fact,
    from_values,
)
from glyphlab.reproductions.core.verdicts.deciding import Decision, decide
from glyphlab.reproductions.core.verdicts.row_documents import as_json
from glyphlab.runs import Answers

MATCH = Decision("compatible", "several seeds")


def row(reported: float) -> Row:
    return Row("x", "x", "exact_match", reported, "", "", lambda *_: from_fact(0))


def test_one_value_has_no_interval_and_three_have_students() -> None:
    assert from_values([0.5]).low is None
    three = from_values([1.0, 2.0, 3.0])
    assert three.value == 2.0
    assert three.values == (1.0, 2.0, 3.0)
    assert three.high is not None
    np.testing.assert_allclose(three.high - three.value, 4.302652729911275 / np.sqrt(3))


def test_what_happened_in_no_training_may_happen_in_the_next() -> None:
    assert from_events([False]).low is None
    for happened, trainings in ((0, 2), (1, 2), (2, 2), (0, 5), (3, 5)):
        found = from_events([place < happened for place in range(trainings)])
        assert (found.value, found.seeds, len(found.values)) == (
            happened / trainings, trainings, trainings
        )  # fmt: skip
        # the ends are the rates at which so many, or so few, are a chance of one in forty
        assert found.low is not None
        assert found.high is not None
        at_least = binom.sf(happened - 1, trainings, found.low)
        at_most = binom.cdf(happened, trainings, found.high)
        assert at_least == pytest.approx(0.025) if happened else found.low == 0
        assert at_most == pytest.approx(0.025) if happened < trainings else found.high == 1


@pytest.mark.parametrize(
    ("metric", "claim", "ends"),
    [
        ("accuracy", "", (0.0, 1.0)),
        ("share", "", (0.0, 1.0)),
        ("accuracy", "above", (0.0, 1.0)),
        ("correlation", "above", (-1.0, 1.0)),
        ("seconds", "", (0.0, 4.0)),
        ("perplexity", "", (0.0, 4.0)),
        ("loss", "", (0.0, 4.0)),
        ("loss", "above", (-2.0, 4.0)),
        ("distance", "above", (-2.0, 4.0)),
    ],
)
def test_an_interval_ends_where_its_metric_does(
    metric: Any, claim: Any, ends: tuple[float, float]
) -> None:
    one = replace(row(0.5), metric=metric, claim=claim)
    document = as_json(one, Measured(0.9, -2.0, 4.0, 2), MATCH)
    assert (document["low"], document["high"]) == ends


def test_correctness_counts_seeds_and_items() -> None:
    correct = np.ones((3, 50), bool)
    correct[0, :5] = False
    measured = from_answers(Answers(correct))
    np.testing.assert_allclose(measured.value, 145 / 150)
    assert (measured.seeds, measured.covers, measured.items) == (3, "seeds and items", 50)
    assert measured.low is not None
    assert measured.low < measured.value
    assert from_answers(Answers(correct[:1])).covers == "items"


def test_the_interval_of_a_verdict_is_in_the_document() -> None:
    measured = from_values([0.9758, 0.9761, 0.9764, 0.9759, 0.9762])
    found = decide(row(0.976), measured)
    document = as_json(row(0.976), measured, found)
    assert document["verdict"] == "equal"
    assert document["expected_low"] < document["low"] < document["high"] < document["expected_high"]
    assert (document["margin"], document["basis"]) == (0.005, "several seeds")
    assert document["computed_from"] == "from the value of each seed"
    assert document["values"] == list(measured.values)
    table = str(Outcome("n", "t", "full", "c", [document], {}))
    assert "equal within 0.5 points" in table
    ends = (percent(document[key]) for key in ("expected_low", "expected_high"))
    assert f"[{', '.join(ends)}]" in table
    assert "one more run: the paper's number" in table
    assert "several seeds (1): 1 equal" in table


def test_a_wide_interval_is_said() -> None:
    values = (0.90, 0.91, 0.92)
    rows = [replace(row(one), id=str(one), source="table") for one in values]
    measured = from_values([0.90, 0.91, 0.93])
    document = as_json(rows[0], measured, decide(rows[0], measured), rows)
    assert document["wide"] is True
    assert document["also_compatible"] == [2, 2]
    assert "compatible, wide" in str(Outcome("n", "t", "full", "c", [document], {}))


def test_a_claim_says_its_side_and_bound_in_the_document_and_in_the_table() -> None:
    one = Row("a", "a", "accuracy", 0.97, "text", "one seed", lambda _t, _r: from_fact(0),
              claim="above", bound=0.97)  # fmt: skip
    holds = Decision("holds", "several seeds")
    document = as_json(one, Measured(0.99, 0.98, 1.0, 5), holds)
    assert document["claim"] == "above 0.97"
    assert as_json(row(0.5), Measured(0.5, 0.4, 0.6, 5), MATCH)["claim"] is None
    table = str(Outcome("n", "t", "full", "c", [document], {}))
    assert f"above {percent(0.97)}" in table
    numbered = as_json(replace(one, reported=0.98), Measured(0.99, 0.98, 1.0, 5), holds)
    assert f"{percent(0.98)}, above {percent(0.97)}" in str(
        Outcome("n", "t", "full", "c", [numbered], {})
    )


def test_a_mean_over_several_engines_is_said_in_one_line() -> None:
    document = as_json(row(0.5), Measured(0.5, 0.4, 0.6, 2), MATCH)
    mixed = {**document, "engines": ["cpu in float32, 1 thread", "cpu in float32, 2 threads"]}
    line = "mixed engines in x: cpu in float32, 1 thread; cpu in float32, 2 threads"
    assert line in str(Outcome("n", "t", "full", "c", [mixed], {})).splitlines()
    one = {**document, "engines": mixed["engines"][:1]}
    assert "mixed engines" not in str(Outcome("n", "t", "full", "c", [one], {}))


def test_a_row_is_about_the_first_of_its_models() -> None:
    one = Row("a", "a", "loss", 0.0, "", "", lambda _t, _r: from_fact(0),
              ("first", "second", "third", "fourth"))  # fmt: skip
    assert one.model == "first"
    assert row(0.5).model is None
