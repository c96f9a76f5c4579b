"""A folder of images: what is read, and what is refused in one line."""

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError
from glyphlab.data import load_symbols


def save(path, value=200, size=(6, 5)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((size[1], size[0]), value, np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path):
    for split, value in (("train", 10), ("test", 20)):
        for label in ("cat", "ant"):
            for number in range(2):
                save(tmp_path / split / label / f"{number}.png", value + number)
    return tmp_path


def test_reads_both_splits(folder):
    source = load_symbols(str(folder))
    assert source.train.class_names == ("ant", "cat")
    assert source.train.labels.tolist() == [0, 0, 1, 1]
    assert source.train.ids.tolist() == [0, 1, 2, 3]
    assert source.test.ids.tolist() == [4, 5, 6, 7]
    assert source.train.images.shape == (4, 5, 6)
    assert source.test.images[:, 0, 0].tolist() == [20, 21, 20, 21]


def test_colours_become_grey(folder):
    Image.new("RGB", (6, 5), (255, 255, 255)).save(folder / "train" / "ant" / "0.png")
    assert load_symbols(str(folder)).train.images[0].min() == 255


def test_mixed_sizes_name_both_files(folder):
    save(folder / "test" / "cat" / "1.png", size=(7, 5))
    with pytest.raises(DataError, match=r"cat.1\.png is 7×5 pixels but .*0\.png is 6×5"):
        load_symbols(str(folder))


def test_an_empty_label(folder):
    (folder / "train" / "dog").mkdir()
    with pytest.raises(DataError, match="dog: a label folder with no images"):
        load_symbols(str(folder))


def test_a_label_of_test_alone(folder):
    save(folder / "test" / "dog" / "0.png")
    with pytest.raises(DataError, match="label 'dog' is not in"):
        load_symbols(str(folder))


def test_no_labels(tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(DataError, match="holds no label folder"):
        load_symbols(str(tmp_path))


def test_a_split_is_missing(folder):
    (folder / "test").rename(folder / "tset")
    with pytest.raises(DataError, match="test: no such folder"):
        load_symbols(str(folder))


def test_not_an_image(folder):
    (folder / "train" / "ant" / "0.png").write_text("no")
    with pytest.raises(DataError, match=r"0\.png: it cannot be read as an image"):
        load_symbols(str(folder))
