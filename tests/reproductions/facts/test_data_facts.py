"""Facts of the data, on a few embedded digits that are counted by hand."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import cast

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.reproductions.core.facts import data_facts as d
from glyphlab.tasks import Task, load_task

NO_TASK = cast("Task", None)


@pytest.fixture(scope="module")
def triple() -> Task:
    return load_task("triple", per_label=2, offline=True)


@pytest.fixture(scope="module")
def addition() -> Task:
    return load_task("addition", as_published=True, seed=42, offline=True)


def value(measure: partial[object], task: Task) -> float:
    found = measure(task, [])
    assert found.seeds == 0  # type: ignore[attr-defined]
    return found.value  # type: ignore[attr-defined,no-any-return]


def test_of_labels(triple: Task) -> None:
    counts = Counter(map(tuple, triple.train.labels.tolist()))
    first = next(iter(counts))
    assert value(partial(d.images_each_label, which="fewest"), triple) == min(counts.values())
    assert value(partial(d.images_each_label, which="most"), triple) == max(counts.values())
    assert value(partial(d.images_of_label, label=list(first)), triple) == counts[first]
    assert value(partial(d.images_of_label, label=[1]), triple) == 0
    assert value(partial(d.labels_possible), triple) == 1000
    assert value(partial(d.images_a_symbol), triple) == pytest.approx(len(triple.train) * 0.3)
    assert value(partial(d.symbols_over_labels), triple) == pytest.approx(0.3 * len(counts))


def test_of_images(triple: Task, addition: Task) -> None:
    assert value(partial(d.glyph_side), triple) == triple.pools["train"].images.shape[1]
    assert value(partial(d.glyph_images, split="train"), triple) == len(triple.pools["train"])
    third = triple.train.images.shape[2] // 3
    columns = [value(partial(d.first_column, position=place), triple) for place in (0, 1, 2)]
    assert columns == [0, third, 2 * third]
    assert value(partial(d.steps_an_epoch, batch=128), addition) == -(-len(addition.train) // 128)
    assert value(partial(d.pairs_without_reuse), addition) == pytest.approx(0.5, abs=0.01)


def test_of_sums(addition: Task) -> None:
    sums = Counter(addition.train.labels.tolist())
    (common, _), *_ = sums.most_common(1)
    assert value(partial(d.commonest_label, split="train"), addition) == common
    share = (addition.test.labels == common).mean()
    assert value(partial(d.share_of_commonest), addition) == pytest.approx(share)
    digits = Counter(addition.pools["test"].labels.tolist())
    ratio = max(digits.values()) / min(digits.values())
    assert value(partial(d.most_over_fewest, split="test"), addition) == pytest.approx(ratio)
    assert 0 < value(partial(d.splits_apart), addition) < 0.5


def test_of_a_printed_grid() -> None:
    assert value(partial(d.share_in_grid, grid="57951", symbols="579"), NO_TASK) == 0.8
    with pytest.raises(UsageError, match="grid of 'share_in_grid' is empty"):
        d.share_in_grid(NO_TASK, [], grid="", symbols="5")
