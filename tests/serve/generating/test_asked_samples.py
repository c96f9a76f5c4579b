"""Samples of a finished generator, as they are asked for."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import RunError
from glyphlab.serve.generating.asked_samples import loaded_generator
from glyphlab.serve.generating.small_generators import SMALL_GENERATORS, small_generator
from trained_generator import tiny_generator


def test_a_seed_gives_the_same_samples_again() -> None:
    found = loaded_generator(tiny_generator().path)
    one, again = (found.samples(3, 4, 7) for _ in range(2))
    other = found.samples(3, 4, 8)
    np.testing.assert_array_equal(one.images, again.images)
    assert not np.array_equal(one.images, other.images)
    assert one.images.shape == (4, 28, 28)
    assert one.asked is not None
    assert one.asked.tolist() == [3] * 4
    assert one.read is not None
    assert set(one.read) <= set("0123456789")


def test_each_label_in_turn() -> None:
    found = loaded_generator(tiny_generator().path).samples(None, 12, 0)
    assert found.asked is not None
    assert found.asked.tolist() == [*range(10), 0, 1]


def test_a_walk_begins_and_ends_elsewhere() -> None:
    found = loaded_generator(tiny_generator().path).walk(2, 5, 0)
    assert found.images.shape == (5, 28, 28)
    assert not np.array_equal(found.images[0], found.images[-1])


def test_a_label_that_there_is_not() -> None:
    with pytest.raises(RunError, match="knows 0 to 9"):
        loaded_generator(tiny_generator().path).samples(10, 4, 0)


def test_without_its_reference_classifier_nothing_is_read(tmp_path: Path) -> None:
    shutil.copytree(tiny_generator().path, tmp_path / "alone")
    assert loaded_generator(tmp_path / "alone").samples(1, 2, 0).read is None


@pytest.mark.parametrize("name", SMALL_GENERATORS)
def test_small_generators_are_recipes(name: str) -> None:
    made = small_generator(name, 3)
    assert (made.name, made.seed, made.task.data) == (name, 3, "digits")
    assert made.training.images <= 8_000
