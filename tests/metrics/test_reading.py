"""Sizes read off a curve: by hand, by properties, and where there is nothing to read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import UsageError
from glyphlab.metrics import size_at_level


def test_a_straight_line_is_read_on_logarithms_of_size_and_error() -> None:
    # Errors of 10 % at 10 and 1 % at 1,000: half way in both logarithms is 100.
    found = size_at_level([10, 1000], [[0.9], [0.99]], 1 - 10**-1.5)
    assert found.size == pytest.approx(100)
    assert (found.low, found.high, found.seeds, found.inside) == (None, None, 1, True)


def test_a_larger_model_that_scores_lower_is_pooled_with_its_neighbour() -> None:
    sizes, level = [1, 10, 100, 1000], 1 - 10**-1.5
    pooled = size_at_level(sizes, [[0.9], [0.97], [0.95], [0.999]], level)
    alike = size_at_level(sizes, [[0.9], [0.96], [0.96], [0.999]], level)
    assert pooled == alike
    assert 100 < pooled.size < 1000


def test_the_interval_is_students_over_seeds() -> None:
    # The quarter decade of error is all of the way, half of it and a quarter of it.
    ends = np.array([[10.0**-1] * 3, [10.0**-2, 10.0**-1.5, 10.0**-1.25]])
    found = size_at_level([1, 10_000], 1 - ends, 1 - 10**-1.25)
    logs = np.array([1.0, 2.0, 4.0])  # over four decades of size
    half = 4.302652729911275 * logs.std(ddof=1) / np.sqrt(3)
    assert np.log10(found.size) == pytest.approx(logs.mean())
    assert found.high is not None
    assert np.log10(found.high) == pytest.approx(logs.mean() + half)


@pytest.mark.parametrize(("level", "size"), [(0.5, 10), (0.999, 1000)])
def test_what_no_two_models_enclose_is_said_to_be_outside(level: float, size: float) -> None:
    found = size_at_level([1000, 10], [[0.99, 0.98], [0.9, 0.91]], level)
    assert found.size == pytest.approx(size)
    assert not found.inside


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_order_and_unit_of_the_sizes_do_not_matter(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 7))
    sizes = np.array(
        data.draw(st.lists(st.integers(1, 10**6), min_size=count, max_size=count, unique=True))
    )
    scores = np.array(
        data.draw(
            st.lists(
                st.lists(st.floats(0.5, 0.999), min_size=2, max_size=2),
                min_size=count, max_size=count,
            )
        )
    )  # fmt: skip
    level = data.draw(st.floats(0.51, 0.99))
    found = size_at_level(sizes, scores, level)
    turned = np.array(data.draw(st.permutations(range(count))))
    again = size_at_level(sizes[turned] * 3.0, scores[turned], level)
    assert again.size == pytest.approx(3 * found.size, rel=1e-9)
    assert again.inside == found.inside
    assert sizes.min() * (1 - 1e-9) <= found.size <= sizes.max() * (1 + 1e-9)


@pytest.mark.parametrize(
    ("sizes", "scores", "level", "words"),
    [
        ([1, 2], [[0.9]], 0.97, "one size a model"),
        ([1, 1], [[0.9], [0.8]], 0.97, "two different positive sizes"),
        ([0, 1], [[0.9], [0.8]], 0.97, "two different positive sizes"),
        ([1, 2], [[0.9], [0.8]], 97, "try 0.97"),
    ],
)
def test_what_cannot_be_read_is_refused(
    sizes: list[int], scores: list[list[float]], level: float, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        size_at_level(sizes, scores, level)
