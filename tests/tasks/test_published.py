"""The published set: our one call against the generator's own calls, and its images."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import UsageError
from glyphlab.data import Symbols, load_symbols
from glyphlab.tasks import load_task
from glyphlab.tasks.published import published_draws


def one_value_at_a_time(pool, images_a_label):
    """What the published generator calls, in its order."""
    order = list(range(1000))
    np.random.RandomState(123).shuffle(order)
    members = [np.flatnonzero(pool.labels == digit).tolist() for digit in range(10)]
    rng = np.random.RandomState(123)
    for label in order:
        for _ in range(images_a_label):
            index = [rng.choice(members[int(digit)]) for digit in f"{label:03d}"]
            yield label, index, rng.randint(56, size=3).tolist()


def test_the_same_stream_as_value_by_value(monkeypatch):
    rng = random.Random(5)
    labels = np.array(list(range(10)) * 3 + [rng.randrange(10) for _ in range(700)], np.int64)
    pool = Symbols(
        np.zeros((len(labels), 1, 1), np.uint8),
        labels,
        np.arange(len(labels)),
        "made",
        "none",
        tuple("0123456789"),
    )
    monkeypatch.setattr("glyphlab.tasks.published.IMAGES_A_LABEL", 4)
    drawn = published_draws(pool)
    assert [len(part.index) for part in drawn.values()] == [2560, 640, 800]
    symbols, index, offsets = (
        np.concatenate([getattr(part, name) for part in drawn.values()]).tolist()
        for name in ("symbols", "index", "offsets")
    )
    for row, (label, chosen, moved) in enumerate(one_value_at_a_time(pool, 4)):
        assert symbols[row] == [int(digit) for digit in f"{label:03d}"]
        assert (index[row], offsets[row]) == (chosen, moved)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "product"},
        {"labels": "shared"},
        {"glyphs": "disjoint"},
        {"per_label": 10},
    ],
)
def test_nothing_about_it_may_be_changed(changes):
    with pytest.raises(UsageError, match="the published form is 'triple'"):
        load_task(changes.pop("name", "triple"), as_published=True, **changes)


@pytest.mark.realdata
@pytest.mark.slow
def test_the_published_images(real_data):
    sample = Path(real_data) / "triple-mnist-published-sample"
    if not sample.is_dir():
        pytest.skip("the sample of the published images is not there")
    task = load_task("triple", data="mnist", as_published=True, data_dir=real_data, offline=True)
    compared = 0
    for file in sorted(sample.rglob("*.png")):
        split = task.splits[file.parent.parent.name]
        number, label = file.stem.split("_")
        rows = np.flatnonzero((split.labels == [int(digit) for digit in label]).all(axis=1))
        assert len(rows) == 100
        published = np.asarray(Image.open(file))
        np.testing.assert_array_equal(split.images[rows[int(number)]], published, str(file))
        compared += 1
    assert compared == 36
    audit = task.audit()
    assert 0.93 < audit.to_json()["glyph_overlap"]["train_test"] < 0.95
    assert audit.ceilings["whole"] == 0
    pool = load_symbols("mnist", data_dir=real_data, offline=True)
    everything = np.concatenate([pool.train.labels, pool.test.labels])
    np.testing.assert_array_equal(everything[task.test.glyph_ids], task.test.labels)
