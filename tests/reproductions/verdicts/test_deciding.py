"""Verdicts on hand-made values: one more training, equality, facts, fits without chance, claims."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from glyphlab.reproductions.catalogue import find_reproduction
from glyphlab.reproductions.core.reproduction import scale_of
from glyphlab.reproductions.core.rows import (
    Measured,
    Metric,
    Row,
    from_answers,
    from_fact,
    from_values,
)
from glyphlab.reproductions.core.verdicts.deciding import also_compatible, basis_of, decide
from glyphlab.reproductions.core.verdicts.expected import expected_of
from glyphlab.reproductions.core.verdicts.row_documents import as_json
from glyphlab.runs import Answers


def row(reported: float, metric: Metric = "exact_match", **more: Any) -> Row:
    return Row("x", "x", metric, reported, "table", "", lambda *_: from_fact(0), **more)


def verdict(one: Row, measured: Measured, **more: Any) -> str:
    return decide(one, measured, **more).verdict


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_a_report_of_the_same_kind_is_rarely_called_another(metric: Metric, seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    values = rng.normal(0.9 if metric == "accuracy" else 0.3, 0.004, (2_000, seeds + 1))
    wrong = sum(
        verdict(row(float(one[0]), metric), from_values(one[1:].tolist()))
        not in ("equal", "compatible")
        for one in values
    )
    assert wrong / len(values) <= 0.06


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_interval_of_a_mean_alone_gives_the_same_bounds(seeds: int) -> None:
    values = np.random.default_rng(1).normal(0.3, 0.01, seeds).tolist()
    whole = from_values(values)
    recorded = replace(whole, values=())
    one = row(0.3, "distance", claim="above")
    known = expected_of(one, whole, certain=False, same_images=True)
    found = expected_of(one, recorded, certain=False, same_images=True)
    assert known is not None
    assert found is not None
    np.testing.assert_allclose((found.low, found.high), (known.low, known.high))
    np.testing.assert_allclose(
        (found.inner_low, found.inner_high), (known.inner_low, known.inner_high)
    )
    assert found.computed_from == "from the recorded interval"
    shares = (replace(one, metric="accuracy", claim=""), whole, recorded)
    known, found = (
        expected_of(shares[0], each, certain=False, same_images=True) for each in shares[1:]
    )
    assert known is not None
    assert found is not None
    np.testing.assert_allclose((found.low, found.high), (known.low, known.high))


def test_answers_on_the_papers_images_leave_the_luck_of_the_images_out() -> None:
    rng = np.random.default_rng(3)
    items = rng.random(4_000) < 0.95
    correct = np.stack([items ^ (rng.random(4_000) < 0.01) for _ in range(5)])
    measured = from_answers(Answers(correct))
    same = expected_of(row(0.95), measured, certain=False, same_images=True)
    other = expected_of(row(0.95), measured, certain=False, same_images=False)
    assert same is not None
    assert other is not None
    assert other.high - other.low > same.high - same.low
    wide = expected_of(row(0.95, items=4_000), replace(measured, answers=None, values=()),
                       certain=False, same_images=True)  # fmt: skip
    assert wide is not None
    assert wide.high - wide.low >= same.high - same.low
    assert wide.computed_from.endswith("the widest that fits it")


@pytest.mark.parametrize(
    ("reported", "values", "word"),
    [
        (0.976, [0.9758, 0.9761, 0.9764, 0.9759, 0.9762], "equal"),
        (0.976, [0.970, 0.976, 0.981], "compatible"),
        (0.976, [0.990, 0.9905, 0.9895], "better"),
        (0.976, [0.950, 0.9505, 0.9495], "worse"),
    ],
)
def test_equal_is_shown_and_compatible_is_not_contradicted(
    reported: float, values: list[float], word: str
) -> None:
    assert verdict(row(reported), from_values(values)) == word


def test_a_margin_is_stated_and_may_be_the_rows_own() -> None:
    measured = from_values([0.9758, 0.9761, 0.9764, 0.9759, 0.9762])
    assert row(0.976).equal_within == 0.005
    assert verdict(row(0.976, margin=0.0001), measured) == "compatible"
    assert row(0.5, "loss").equal_within == pytest.approx(0.025)
    assert row(3, "epochs").equal_within is None


def test_a_smaller_loss_is_the_better_one() -> None:
    assert verdict(row(0.50, "loss"), from_values([0.55, 0.551, 0.552])) == "worse"
    assert verdict(row(0.50, "loss"), from_values([0.45, 0.451, 0.452])) == "better"


@pytest.mark.parametrize("metric", ["correlation", "difference", "distance", "epochs"])
def test_what_has_no_good_side_is_higher_or_lower(metric: Metric) -> None:
    scale = 0.1 if metric in ("correlation", "difference") else 1
    for values, word in (((5.0, 4.9, 5.1), "higher"), ((1.0, 0.9, 1.1), "lower"),
                         ((3.0, 2.9, 3.1), "compatible")):  # fmt: skip
        measured = from_values([scale * one for one in values])
        assert verdict(row(3.0 * scale, metric), measured) == word


def test_facts_match_to_the_last_digit_that_was_printed() -> None:
    assert verdict(row(84, "pixels"), from_fact(84)) == "match"
    assert verdict(row(84, "pixels"), from_fact(85)) == "higher"
    assert verdict(row(0.93, "target", rounding=0.005), from_fact(0.934)) == "match"
    assert verdict(row(0.93, "target", rounding=0.00005), from_fact(0.934)) == "higher"
    about = row(178_000, "parameters", slack=500)
    assert verdict(about, from_fact(178_110)) == "match"
    assert verdict(about, from_fact(178_600)) == "higher"


def test_what_no_model_could_miss_is_apart_from_what_was_trained() -> None:
    zero = row(0.0, items=20_000, by_construction=True)
    one, three = Measured(0.0, None, None, 1), Measured(0.0, 0.0, 0.0, 3)
    assert decide(zero, one).basis == decide(zero, three).basis == "by construction"
    assert decide(zero, one).verdict == "match"
    assert verdict(zero, Measured(0.1, None, None, 1)) == "better"


def test_one_training_is_never_judged_not_even_where_it_agrees() -> None:
    near, far = Measured(0.9761, None, None, 1), Measured(0.99, 0.989, 0.991, 1)
    for measured in (near, far):
        assert verdict(row(0.976, items=20_000), measured) == "one seed"
    claim = row(0.0, claim="above", bound=0.97)
    assert verdict(claim, far) == "one seed"


def test_a_fit_without_chance_is_judged_by_its_items() -> None:
    fit = Measured(0.2194, 0.211, 0.228, 1, "items", items=10_000)
    paper = row(0.2204, items=10_000)
    found = decide(paper, fit, certain=True, same_images=False)
    assert (found.verdict, found.basis) == ("compatible", "deterministic fit")
    half = 1.96 * np.sqrt(2 * 0.2194 * 0.7806 / 10_000)
    assert found.expected is not None
    np.testing.assert_allclose(found.expected.high - found.expected.low, 2 * half, rtol=0.01)
    assert (
        verdict(replace(paper, reported=0.1636), fit, certain=True, same_images=False) == "better"
    )
    fewer = decide(paper, replace(fit, items=2_000), certain=True, same_images=False).expected
    assert fewer is not None
    assert fewer.high > found.expected.high
    exact = replace(paper, rounding=0.00005)
    assert verdict(exact, fit, certain=True, same_images=True) == "worse"
    assert verdict(replace(exact, reported=0.2194), fit, certain=True, same_images=True) == "match"
    assert verdict(replace(paper, items=None), replace(fit, items=None), certain=True,
                   same_images=False) == "not comparable"  # fmt: skip


def test_what_a_verdict_rests_on_is_named() -> None:
    measured = Measured(0.5, None, None, 1)
    assert basis_of(row(0.5), from_fact(1), False) == "fact"
    assert basis_of(row(0.5), measured, True) == "deterministic fit"
    assert basis_of(row(0.5), measured, False) == "one seed"
    assert basis_of(row(0.5), replace(measured, seeds=2), False) == "several seeds"


def test_what_cannot_be_held_side_by_side_is_never_judged() -> None:
    measured = Measured(1.0, 1.0, 1.0, 3)
    assert decide(row(1.0, not_comparable="other data"), measured).why == "other data"
    assert verdict(row(1.0), measured, against="shorter") == "not comparable"
    assert decide(row(1.0), measured, against="shorter").why == "shorter"


def test_a_sentence_is_judged_on_shorter_trainings_with_a_remark() -> None:
    gan = find_reproduction("mnist-gan")
    number, claim = gan.chosen(["1.seconds", "2.claim.blotchy"])
    long, quick, full = map(scale_of, ("long", "quick", "full"))
    assert gan.reason_against(claim, long) == ""
    assert gan.remark(claim, long) == "verdict on trainings of 15 % of the paper's length"
    assert "shorter than the paper's" in gan.reason_against(number, long)
    assert "scale full" in gan.reason_against(claim, quick)
    seconds = gan.chosen(["2.same-time"])[0]
    assert gan.reason_against(seconds, long) == ""
    found = decide(seconds, Measured(1.0, 0.9, 1.1, 3, values=(0.9, 1.0, 1.1)), remark="shorter")
    assert (found.verdict, found.remark) == ("compatible", "shorter")
    assert gan.reason_against(number, full) == gan.remark(claim, full) == ""
    measured = Measured(2.0, 1.0, 3.0, 3)
    decision = decide(claim, measured, remark=gan.remark(claim, long))
    assert decision.verdict == "holds"
    assert as_json(claim, measured, decision)["protocol"].endswith("; " + decision.remark)
    highest = gan.chosen(["2.real-highest"])[0]  # a number of the whole length
    assert "shorter than the paper's" in gan.reason_against(highest, long)
    classifiers = find_reproduction("triple-mnist").chosen(["4.test"])[0]
    assert find_reproduction("triple-mnist").reason_against(classifiers, long) == ""


def test_our_own_sentences_about_generators_compare_trainings_of_one_length() -> None:
    gan = find_reproduction("mnist-gan")
    quick, smoke, full = map(scale_of, ("quick", "smoke", "full"))
    idea = gan.chosen(["4.cap.collapse"])[0]
    assert gan.reason_against(idea, quick) == gan.remark(idea, full) == ""
    assert gan.remark(idea, quick) == "verdict on trainings of 2.5 % of the paper's length"
    assert "scale full" in gan.reason_against(idea, smoke)
    measured = Measured(-0.2, -0.3, -0.1, 2, values=(-0.2, -0.2))
    assert decide(idea, measured, against=gan.reason_against(idea, quick)).verdict == "holds"
    assert gan.remark(gan.chosen(["3.collapse"])[0], quick) == ""  # the paper's own sentence
    triple = find_reproduction("triple-mnist")
    classifiers = triple.chosen(["3.columns.heads"])[0]  # ours, and no generator
    assert "scale full" in triple.reason_against(classifiers, quick)
    bound, tweak = triple.chosen(["5b.right", "5b.with.two-steps"])
    assert "scale full" in triple.reason_against(bound, quick)  # it compares no two trainings
    assert triple.remark(tweak, quick) == "verdict on trainings of 10 % of the paper's length"
    assert triple.reason_against(tweak, quick) == ""
    uneven = replace(quick, generated_most=20_000)  # one of the two shows twice as many images
    assert triple.remark(tweak, uneven) == ""


def test_an_interval_of_everything_is_compatible_with_nothing() -> None:
    every = row(0.0, "difference")
    measured = Measured(-0.26, -1.0, 1.0, 2, values=(0.0, -0.52))
    assert decide(every, measured).verdict == "not distinguished"
    narrow = Measured(-0.02, -0.03, -0.01, 3, values=(-0.02, -0.025, -0.015))
    assert decide(row(-0.02, "difference"), narrow).verdict == "compatible"


@pytest.mark.parametrize(
    ("claim", "low", "high", "word"),
    [
        ("above", 0.01, 0.03, "holds"),
        ("above", -0.01, 0.03, "not distinguished"),
        ("above", -0.03, -0.01, "does not hold"),
        ("below", -0.03, -0.01, "holds"),
        ("below", 0.01, 0.03, "does not hold"),
    ],
)
def test_a_claim_holds_where_the_whole_interval_is_on_its_side(
    claim: Any, low: float, high: float, word: str
) -> None:
    one = row(0.0, "difference", claim=claim)
    assert verdict(one, Measured((low + high) / 2, low, high, 5)) == word
    moved = replace(one, bound=0.1)
    assert verdict(moved, Measured(0.1, 0.1 + low, 0.1 + high, 5)) == word


def test_no_interval_leaves_its_range() -> None:
    cases: dict[Metric, list[float]] = {
        "accuracy": [0.999, 0.8, 0.99],
        "perplexity": [5.0, 10.0, 5.0],
        "share": [0.1, 0.5, 0.0],
        "correlation": [0.99, 0.2, 0.9],
    }
    for metric, values in cases.items():
        one = row(0.5, metric)
        least, most = one.range
        for measured in (from_values(values), replace(from_values(values), values=())):
            found = expected_of(one, measured, certain=False, same_images=True)
            assert found is not None
            assert least <= found.low <= found.high <= most
    assert row(0.9, "ratio", span=(0.0, 1.0)).range == (0.0, 1.0)
    assert row(0.0, "loss", claim="above").range[0] == -np.inf


def test_the_papers_other_values_say_what_a_tolerance_tells_apart() -> None:
    values = (0.90, 0.91, 0.92, 0.97)
    table = [replace(row(one), id=str(one), measured_by="digit") for one in values]
    found = decide(table[1], from_values([0.90, 0.91, 0.92]))
    assert found.expected is not None
    assert also_compatible(table[1], found.expected, table) == (2, 3)
    other = replace(table[3], measured_by="other")
    assert also_compatible(table[1], found.expected, [*table[:3], other]) == (2, 2)
    apart = replace(table[2], reported=0.899, table="appendix")
    assert also_compatible(table[1], found.expected, [*table, apart]) == (2, 3)
    assert also_compatible(apart, found.expected, [*table, apart]) == (0, 0)
