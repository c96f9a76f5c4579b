"""What is taken for test where a source does not say it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphlab.data.formats.automatic_split import held_back


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4), dtype=np.uint8)


def test_a_fifth_of_each_class() -> None:
    labels = np.repeat([0, 1, 2], [50, 10, 2])
    taken = held_back(pictures(62), labels)
    assert [int(taken[labels == label].sum()) for label in range(3)] == [10, 2, 1]


@pytest.mark.parametrize("seed", range(5))
def test_neither_order_nor_other_images_decide(seed: int) -> None:
    images, labels = pictures(200), np.arange(200) % 4
    taken = held_back(images, labels)
    order = np.random.default_rng(seed).permutation(200)
    np.testing.assert_array_equal(held_back(images[order], labels[order]), taken[order])
    only = labels == 2
    np.testing.assert_array_equal(held_back(images[only], labels[only]), taken[only])


def test_copies_stay_on_one_side() -> None:
    images = np.repeat(pictures(40), 3, axis=0)
    labels = np.repeat(np.arange(40) % 2, 3)
    taken = held_back(images, labels).reshape(40, 3)
    assert (taken.all(1) | ~taken.any(1)).all()
    assert 20 <= taken.sum() <= 30  # whole groups of three, so a little more than a fifth of 120


def test_copies_in_another_class_stay_there_too() -> None:
    one = pictures(50)
    images, labels = np.concatenate([one, one]), np.repeat([0, 1], 50)
    taken = held_back(images, labels)
    np.testing.assert_array_equal(taken[:50], taken[50:])
    assert taken[:50].sum() == 10


def test_a_class_of_one_image_is_trained_on() -> None:
    assert not held_back(pictures(3), np.arange(3)).any()
    assert not held_back(np.repeat(pictures(1), 4, axis=0), np.zeros(4, np.int64)).any()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 10))
def test_every_class_keeps_an_image_to_train_on(labels: list[int], different: int) -> None:
    codes = np.array(labels)
    images = pictures(different)[np.arange(len(codes)) % different]
    taken = held_back(images, codes)
    for label in np.unique(codes):
        assert not taken[codes == label].all()
