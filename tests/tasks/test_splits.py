"""Which labels and which glyphs each split gets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import SceneError, UsageError
from glyphlab.data import Symbols, SymbolSet
from glyphlab.tasks.splits import glyph_pools, plan_symbols, split_labels, split_sizes


def symbols(labels, first=0, classes=3):
    labels = np.asarray(labels, np.int64)
    ids = np.arange(first, first + len(labels))
    images = np.zeros((len(labels), 2, 2), np.uint8)
    return Symbols(images, labels, ids, "made", "none", tuple("abcdefghij"[:classes]))


def test_triple_has_640_160_200():
    keys = split_labels("digits", 10, 3, "disjoint", seed=0)
    assert {split: len(part) for split, part in keys.items()} == {
        "train": 640,
        "val": 160,
        "test": 200,
    }
    assert sorted(np.concatenate(list(keys.values()))) == list(range(1000))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["digits", "sum"]), st.integers(3, 10), st.integers(2, 3), st.integers(0, 99)
)
def test_disjoint_labels_are_a_partition(rule, classes, count, seed):
    parts = split_labels(rule, classes, count, "disjoint", seed)
    total = classes**count if rule == "digits" else count * (classes - 1) + 1
    assert sorted(np.concatenate(list(parts.values()))) == list(range(total))
    assert abs(len(parts["train"]) - 0.64 * total) <= 0.5
    again = split_labels(rule, classes, count, "disjoint", seed)
    assert all((parts[split] == again[split]).all() for split in parts)


def test_another_seed_another_partition():
    one, two = (split_labels("digits", 10, 3, "disjoint", seed)["test"] for seed in (0, 1))
    assert len(np.intersect1d(one, two)) < 100


def test_shared_labels_are_all_of_them():
    parts = split_labels("sum", 10, 2, "shared", seed=0)
    assert all(part.tolist() == list(range(19)) for part in parts.values())


def test_too_few_labels_to_divide():
    with pytest.raises(UsageError, match="2 labels cannot be divided"):
        split_labels("digits", 2, 1, "disjoint", seed=0)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=60), st.integers(0, 99))
def test_disjoint_pools(labels, seed):
    source = SymbolSet("made", symbols(labels), symbols([0, 1, 2], first=1000))
    pools = glyph_pools(source, "disjoint", seed)
    together = np.concatenate([pools["train"].ids, pools["val"].ids])
    assert sorted(together) == list(range(len(labels)))
    assert pools["test"] is source.test
    held_out = np.bincount(pools["val"].labels, minlength=3)
    np.testing.assert_array_equal(held_out, np.round(np.bincount(labels, minlength=3) / 6))


def test_shared_pools_are_everything():
    source = SymbolSet("made", symbols([0, 1, 2]), symbols([2, 2], first=3))
    pools = glyph_pools(source, "shared", 0)
    assert all(pool.ids.tolist() == [0, 1, 2, 3, 4] for pool in pools.values())


def test_digits_are_planned_evenly():
    rng = np.random.default_rng(0)
    planned = plan_symbols("digits", np.array([5, 7]), symbols([0, 1, 2]), 2, 7, rng)
    assert {tuple(row) for row in planned.tolist()} == {(1, 2), (2, 1)}
    assert sorted(np.unique(planned, axis=0, return_counts=True)[1]) == [3, 4]
    assert planned.tolist() == sorted(planned.tolist())


def test_sums_are_drawn_as_pairs_of_glyphs_are():
    rng = np.random.default_rng(0)
    pool = symbols([0, 0, 1, 2])  # shares 1/2, 1/4, 1/4
    planned = plan_symbols("sum", np.arange(5), pool, 2, 20_000, rng)
    share = np.bincount(planned.sum(axis=1)) / 20_000
    np.testing.assert_allclose(share, [1 / 4, 1 / 4, 5 / 16, 1 / 8, 1 / 16], atol=0.02)
    some = plan_symbols("sum", np.array([0, 4]), pool, 2, 500, rng)
    assert set(some.sum(axis=1)) == {0, 4}


def test_sums_that_no_glyphs_give():
    with pytest.raises(
        SceneError,
        match="in a split are of class c and give none of its 1 labels",
    ):
        plan_symbols("sum", np.array([0]), symbols([2, 2]), 2, 5, np.random.default_rng(0))


def test_sizes_add_up():
    for total in range(100):
        assert sum(split_sizes(total).values()) == total


def test_a_class_without_glyphs_is_on_no_image():
    made = plan_symbols("digits", np.arange(9), symbols([0, 0, 2]), 2, 13, np.random.default_rng(0))
    assert made.shape == (13, 2)
    assert np.unique(made, axis=0).tolist() == [[0, 0], [0, 2], [2, 0], [2, 2]]
    with pytest.raises(SceneError, match="are of class b and give none of its 1 labels"):
        plan_symbols("digits", np.array([8]), symbols([1]), 2, 1, np.random.default_rng(0))
