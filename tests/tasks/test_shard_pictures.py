"""Images of tasks in shards, named as pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import DataError
from glyphlab.tasks import load_task
from glyphlab.tasks.streams.image_shards import load_shards_task, write_shards
from glyphlab.tasks.streams.shard_pictures import gather_pictures


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "triple"
    write_shards(load_task("triple", images=50, stream=True), folder, 2)
    return folder


def test_a_folder_of_shards_is_the_images_of_its_splits(built: Path, tmp_path: Path) -> None:
    other = tmp_path / "not there.png"
    found = gather_pictures([other, built, built / "test", other])
    splits = load_shards_task(built).splits
    assert found.count == 50 + len(splits["test"]) + 2
    images = [*found.images]
    assert len(images) == found.count
    assert [images[at].name for at in (0, 1, 50, 51, -2, -1)] == [
        str(other), f"{built} train 1", f"{built} test 10", f"{built / 'test'} 1",
        f"{built / 'test'} 10", str(other),
    ]  # fmt: skip
    assert np.array_equal(images[1].read().pixels, splits["train"].images[0])
    assert np.array_equal(images[60].read().pixels, splits["test"].images[9])


def test_what_is_damaged_is_one_image_that_says_so(built: Path, tmp_path: Path) -> None:
    (tmp_path / "shards.json").write_text("{}")
    found = gather_pictures([tmp_path])
    (image,) = found.images
    assert found.count == 1
    with pytest.raises(DataError, match=r"shards\.json: no list of shards"):
        image.read()
