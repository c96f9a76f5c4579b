import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import UsageError
from glyphlab.metrics import compare_pair, holm, holm_rows, verdicts


def table(seed, seeds, items, accuracy):
    return np.random.default_rng(seed).random((seeds, items)) < accuracy


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 4), st.integers(2, 50))
def test_turning_the_pair_round_turns_the_answer_round(seed, seeds_a, seeds_b, items):
    a, b = table(seed, seeds_a, items, 0.7), table(seed + 1, seeds_b, items, 0.8)
    there, back = compare_pair(a, b), compare_pair(b, a)
    assert there.difference == pytest.approx(-back.difference) == pytest.approx(a.mean() - b.mean())
    assert there.low == pytest.approx(-back.high)
    assert there.p == pytest.approx(back.p)
    assert 0 < there.p <= 1
    assert there.seeds == min(seeds_a, seeds_b)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 1))
def test_p_below_the_level_is_zero_outside_the_interval(seed, accuracy):
    test = compare_pair(table(seed, 3, 200, accuracy), table(seed + 1, 3, 200, 0.8))
    assert (test.p < 0.05) == (not test.low <= 0 <= test.high)


def test_a_plain_difference_is_found_and_a_missing_one_is_not():
    a, b = table(0, 3, 5000, 0.99), table(1, 3, 5000, 0.95)
    assert compare_pair(a, b).p < 0.01
    assert compare_pair(a, a).p == 1


def test_shared_hard_items_cost_nothing():
    rng = np.random.default_rng(4)
    hard = rng.random(4000) < 0.1
    a = ~hard & (rng.random((4, 4000)) < 0.999)
    b = ~hard & (rng.random((4, 4000)) < 0.985)
    test = compare_pair(a, b)
    assert test.p < 0.01
    assert test.high - test.low < 0.01  # items alone would give +-0.009 to each model


def test_seeds_that_happen_to_agree_do_not_make_an_item_certain():
    a = np.ones((3, 100), bool)
    b = a.copy()
    b[:, 0] = False  # no spread between seeds, one item of difference
    assert compare_pair(a, b).p > 0.2


def test_all_against_nothing_is_found():
    test = compare_pair(np.ones((3, 50), bool), np.zeros((3, 50), bool))
    assert test.difference == 1
    assert test.p < 0.001


def test_few_seeds_that_vary_prove_nothing():
    rng = np.random.default_rng(0)
    a = rng.random((3, 20_000)) < np.array([[0.90], [0.95], [0.99]])
    b = rng.random((3, 20_000)) < np.array([[0.92], [0.89], [0.90]])
    assert a.mean() - b.mean() > 0.03  # a test on items alone would be certain
    assert compare_pair(a, b).p > 0.05


def test_holm_by_hand_and_by_family():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03]), [0.03, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.9, 0.8]), [1, 1])
    families = np.random.default_rng(0).random((5, 6))
    np.testing.assert_allclose(holm(families), [holm(row) for row in families])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_its_definition_rejects(p):
    corrected, order = holm(p), np.argsort(p, kind="stable")
    assert (corrected >= p).all()
    assert (corrected <= 1).all()
    for alpha in (0.01, 0.05, 0.2):
        rejected = set()
        for step, index in enumerate(order):
            if p[index] * (len(p) - step) >= alpha:
                break
            rejected.add(int(index))
        assert set(np.flatnonzero(corrected < alpha).tolist()) == rejected


def test_verdicts_name_the_better_model_and_the_pair_that_is_not_told_apart():
    models = {
        "strong": table(0, 3, 4000, 0.99),
        "weak": table(1, 3, 4000, 0.90),
        "alike": table(2, 3, 4000, 0.99),
    }
    told = {(v.a, v.b): v for v in verdicts(models)}
    assert list(told) == [("strong", "weak"), ("strong", "alike"), ("weak", "alike")]
    assert told["strong", "weak"].verdict == "better"
    assert told["weak", "alike"].verdict == "worse"
    assert told["strong", "alike"].verdict == "not distinguished"
    assert all(v.p <= v.p_holm for v in told.values())


def test_one_seed_never_says_better():
    models = {
        "one": np.ones((1, 4000), bool),
        "many": np.zeros((3, 4000), bool),
        "more": table(0, 3, 4000, 0.9),
    }
    told = {(v.a, v.b): v for v in verdicts(models)}
    assert told["one", "many"].verdict == told["one", "more"].verdict == "one seed"
    assert told["one", "many"].p_holm == 1
    # The pair that can be tested is alone in its family.
    assert told["many", "more"].p_holm == told["many", "more"].p
    assert told["many", "more"].verdict == "worse"


def test_one_model_alone_has_no_verdict():
    assert verdicts({"only": table(0, 3, 10, 0.5)}) == []


def test_different_items_are_said():
    with pytest.raises(UsageError, match="same items"):
        compare_pair(table(0, 3, 10, 0.5), table(0, 3, 11, 0.5))
    with pytest.raises(UsageError, match=r"0\.95"):
        compare_pair(table(0, 3, 10, 0.5), table(0, 3, 10, 0.5), level=95)


def test_equal_within_a_margin():
    rng = np.random.default_rng(7)
    hard = rng.random(20_000) < 0.02
    a, b = ~hard & (rng.random((2, 5, 20_000)) < 0.999)
    test = compare_pair(a, b, margin=0.002)
    assert test.p_equivalent < 0.05
    assert abs(test.difference) < test.smallest_margin < 0.002
    assert compare_pair(a, b, margin=test.smallest_margin).p_equivalent == pytest.approx(0.05)
    (said,) = verdicts({"a": a, "b": b}, margin=0.002)
    assert said.verdict == "equivalent"
    assert said.margin == 0.002
    assert verdicts({"a": a, "b": b})[0].verdict == "not distinguished"
    assert verdicts({"a": a, "b": b}, margin=1e-5)[0].verdict == "not distinguished"


@pytest.mark.parametrize("margin", [0, -0.01, 1, float("nan")])
def test_a_margin_of_nothing_is_said(margin):
    with pytest.raises(UsageError, match=r"margin is .*0\.2 points"):
        verdicts({"a": table(0, 3, 10, 0.5), "b": table(1, 3, 10, 0.5)}, margin=margin)


def test_what_is_equal_and_what_differs_exclude_each_other_at_the_margin():
    a, b = table(0, 3, 5000, 0.99), table(1, 3, 5000, 0.95)
    test = compare_pair(a, b, margin=0.01)
    assert test.p_equivalent > 0.9
    assert test.smallest_margin > 0.03


def test_all_figures_of_an_experiment_are_one_family():
    rows = [{"p": 0.01}, {"p": None}, {"p": 0.03}, {"p": 0.04}, {"figure": "x"}]
    holm_rows(rows, lambda row, p: "different" if p < 0.05 else "not distinguished")
    assert [row.get("p_holm") for row in rows] == pytest.approx([0.03, None, 0.06, 0.06, None])
    assert [row.get("verdict") for row in rows] == [
        "different", None, "not distinguished", "not distinguished", None
    ]  # fmt: skip
    holm_rows([])


@pytest.mark.parametrize("right", [True, False])
def test_what_can_be_detected_is_never_below_the_half_width(right):
    same = np.full((3, 200), right)
    test = compare_pair(same, same)
    assert test.high > 0.001
    assert test.detectable >= (test.high - test.low) / 2
    other = same.copy()
    other[0, 0] = not right
    test = compare_pair(same, other)
    assert test.detectable >= (test.high - test.low) / 2


def test_where_whole_glyphs_differ_none_that_does_is_not_certainty():
    rng = np.random.default_rng(4)
    glyphs = np.repeat(np.arange(39), 20)
    covered = never = 0
    for _ in range(150):
        lost = rng.random(39) < 0.03
        first = np.tile(np.ones(780, bool), (2, 1))
        found = compare_pair(first, first & ~lost[glyphs], glyphs)
        covered += found.low <= 0.03 <= found.high
        never += not lost.any()
    assert covered / 150 >= 0.93
    assert never / 150 > 0.2  # or this says nothing
