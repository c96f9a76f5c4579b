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


def test_mixed_sizes_come_to_that_of_most(folder):
    save(folder / "test" / "cat" / "1.png", size=(7, 5))
    source = load_symbols(str(folder))
    assert source.test.images.shape == (4, 5, 6)
    assert source.train.remarks == ("other sizes brought to 6×5 (images: 1)",)


def test_numbers_are_classes_in_numeric_order(tmp_path):
    for split in ("train", "test"):
        for label in range(1, 11):
            save(tmp_path / split / str(label) / "0.png", label)
    source = load_symbols(str(tmp_path))
    assert source.train.class_names == tuple(str(label) for label in range(1, 11))
    assert source.train.images[:, 0, 0].tolist() == list(range(1, 11))
    assert source.test.labels.tolist() == list(range(10))


def test_a_word_among_numbers_keeps_the_order_of_text(folder):
    for split in ("train", "test"):
        for label in ("10", "9"):
            save(folder / split / label / "0.png")
    assert load_symbols(str(folder)).train.class_names == ("10", "9", "ant", "cat")


def test_endings_in_capitals_and_other_types(folder):
    save(folder / "train" / "ant" / "a.PNG", 60)
    save(folder / "train" / "ant" / "b.BMP", 70)
    Image.fromarray(np.full((5, 6), 80, np.uint8)).save(folder / "train" / "ant" / "c.jpeg")
    source = load_symbols(str(folder))
    assert source.train.images[:5, 0, 0].tolist() == [10, 11, 60, 70, 80]
    assert source.train.remarks == ()


def test_hidden_files_are_skipped_and_counted(folder, notes, capsys):
    save(folder / "train" / ".ipynb_checkpoints" / "0.png")
    save(folder / "__MACOSX" / "train" / "0.png")
    save(folder / "train" / "cat" / "._0.png")
    (folder / "train" / "cat" / "Thumbs.db").touch()
    (folder / ".DS_Store").touch()
    source = load_symbols(str(folder))
    assert source.train.class_names == ("ant", "cat")
    assert len(source.train) == 4
    assert source.train.remarks == ()
    assert "5 hidden files and folders skipped" in capsys.readouterr().err


def test_what_else_lies_there_is_said(folder, notes, capsys):
    (folder / "train" / "cat" / "notes.txt").touch()
    (folder / "train" / "cat" / "more").mkdir()
    (folder / "readme.md").touch()
    save(folder / "val" / "cat" / "0.png")
    source = load_symbols(str(folder))
    said = "left out: 1 file .md, 1 file .txt, the folders more, val"
    assert source.train.remarks == (said,)
    assert f"note: {folder}: {said}\n" in capsys.readouterr().err


def test_a_class_without_test_images_is_absent(folder):
    for image in (folder / "test" / "cat").iterdir():
        image.unlink()
    source = load_symbols(str(folder))
    assert source.test.labels.tolist() == [0, 0]
    assert source.test.class_names == ("ant", "cat")
    assert source.train.remarks == ("no test image of cat",)
    (folder / "test" / "cat").rmdir()
    assert load_symbols(str(folder)).test.labels.tolist() == [0, 0]


def test_no_test_image_at_all(folder):
    for image in (folder / "test").rglob("*.png"):
        image.unlink()
    with pytest.raises(DataError, match="test: holds no image, expected some to test on"):
        load_symbols(str(folder))


def test_splits_may_be_called_as_others_do(folder):
    (folder / "train").rename(folder / "Training")
    (folder / "test").rename(folder / "testing")
    assert len(load_symbols(str(folder)).train) == 4


def test_a_flat_folder_is_divided_by_content(tmp_path, notes, capsys):
    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for number in range(10):
            pixels = rng.integers(0, 256, (5, 6), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / label / f"{number}.png")
    (tmp_path / "empty").mkdir()
    source = load_symbols(str(tmp_path))
    assert np.bincount(source.train.labels).tolist() == [8, 8]
    assert np.bincount(source.test.labels).tolist() == [2, 2]
    assert sorted([*source.train.ids, *source.test.ids]) == list(range(20))
    said = "no test images of its own: 4 of 20 are taken for test, 20% of each class"
    assert said in source.train.remarks[1]
    assert source.train.remarks[0] == "left out: the folder empty"
    assert said in capsys.readouterr().err
    (tmp_path / "a").rename(tmp_path / "c")  # the class of these images, not their side, changes
    renamed = load_symbols(str(tmp_path))
    assert {image.tobytes() for image in renamed.test.images} == {
        image.tobytes() for image in source.test.images
    }


def test_a_class_called_train_is_no_split(tmp_path):
    for label in ("bus", "car", "train"):
        for number in range(2):
            save(tmp_path / label / f"{number}.png", number)
    assert load_symbols(str(tmp_path)).train.class_names == ("bus", "car", "train")


def test_transparent_ink_is_read_on_the_ground_that_it_stands_out_from(folder):
    layers = np.zeros((5, 6, 4), np.uint8)
    layers[2, 2, 3] = 255
    Image.fromarray(layers).save(folder / "train" / "ant" / "0.png")
    source = load_symbols(str(folder))
    assert source.train.images[0, 2, 2] == 0
    assert source.train.images[0, 0, 0] == 255
    assert source.train.remarks == ("what is transparent laid on white (images: 1)",)


def test_an_empty_label(folder):
    (folder / "train" / "dog").mkdir()
    with pytest.raises(DataError, match="dog: a label folder with no images"):
        load_symbols(str(folder))
    (folder / "train" / "dog" / "a.pdf").touch()
    with pytest.raises(DataError, match=r"no images, only 1 file \.pdf"):
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
