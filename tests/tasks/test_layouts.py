"""What is written is what is read, and half of it never stands under its name."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError, GlyphlabError, NoSuchPath, UsageError
from glyphlab.tasks import load_folder_task, load_task, write_folder, write_npz


@pytest.fixture(scope="module")
def task():
    return load_task("triple", per_label=2, seed=3, offline=True)


@pytest.fixture(scope="module")
def written(task, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published") / "triple"
    write_folder(task, folder)
    return folder


def by_label(split):
    order = np.lexsort(split.labels.T[::-1])
    return split.images[order], split.labels[order], split.glyph_ids[order]


def test_folder_round_trip(task, written):
    read = load_folder_task(written)
    for name, split in task.splits.items():
        images, labels, _ = by_label(split)
        np.testing.assert_array_equal(read.splits[name].images, images)
        np.testing.assert_array_equal(read.splits[name].labels, labels)
        assert (read.splits[name].glyph_ids == -1).all()
    assert read.scene == task.scene
    assert (read.labels_mode, read.classes, read.pools) == ("disjoint", 10, {})


def test_names_are_the_published_ones(written):
    label = sorted((written / "test").iterdir())[0].name
    names = sorted(path.name for path in (written / "test" / label).iterdir())
    assert names == [f"0_{label}.png", f"1_{label}.png"]


def test_audit_of_a_folder(task, written):
    audit, own = load_folder_task(written).audit(), task.audit()
    assert audit.glyphs_by_id is None
    assert audit.glyphs_by_pixels == own.glyphs_by_pixels
    assert audit.ceilings == own.ceilings
    assert "not known" in str(audit)


def test_a_folder_cannot_be_redrawn(written):
    read = load_folder_task(written)
    with pytest.raises(UsageError, match="redraw draws new ones"):
        read.redraw(0)
    with pytest.raises(UsageError, match="the generalization grid draws new ones"):
        read.generalization_grid(5)


def test_npz(task, tmp_path):
    write_npz(task, tmp_path / "out")
    for name, split in task.splits.items():
        with np.load(tmp_path / "out" / f"{name}.npz", allow_pickle=False) as stored:
            assert set(stored) == {"images", "labels", "glyph_ids"}
            assert stored["images"].dtype == np.uint8
            for key, expected in zip(
                ("images", "labels", "glyph_ids"), by_label(split), strict=True
            ):
                np.testing.assert_array_equal(stored[key], expected)


def test_sums_are_written_too(tmp_path):
    addition = load_task("addition", per_label=3, offline=True)
    write_npz(addition.test, tmp_path / "test.npz")
    with np.load(tmp_path / "test.npz") as stored:
        assert (np.diff(stored["labels"]) >= 0).all()
    write_folder(addition, tmp_path / "addition")
    assert (tmp_path / "addition" / "train" / "10" / "0_10.png").is_file()


@pytest.mark.parametrize(("name", "digits"), [("addition", 20), ("product", 10)])
def test_labels_longer_than_int64_are_written_in_decimals(tmp_path, name, digits):
    task = load_task(name, digits=digits, without_glyph_reuse=True, offline=True)
    write_npz(task, tmp_path / "npz")
    for split, of_split in task.splits.items():
        with np.load(tmp_path / "npz" / f"{split}.npz", allow_pickle=False) as stored:
            assert stored["labels"].dtype.kind == "U"
            assert list(map(int, stored["labels"])) == sorted(of_split.labels)
            ids = stored["glyph_ids"][:, 0].tolist()
        expected = [of_split.glyph_ids[row, 0] for row in np.argsort(of_split.labels)]
        assert ids == expected
    write_folder(task, tmp_path / "folder")
    folders = {int(folder.name) for folder in (tmp_path / "folder" / "train").iterdir()}
    assert folders == set(task.train.labels)


def test_a_label_too_long_for_a_folder(tmp_path):
    task = load_task("addition", digits=20, without_glyph_reuse=True, offline=True)
    labels = task.test.labels.copy()
    labels[0] = 10**240
    longer = replace(task, test=replace(task.test, labels=labels))
    with pytest.raises(UsageError, match=r"labels of 241 digits.* at most 240; write \.npz"):
        write_folder(longer, tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
    write_npz(longer, tmp_path / "npz")


def test_a_folder_of_many_positions_is_audited_exactly(tmp_path):
    make(tmp_path, labels=("0" * 69 + "1", "1" + "0" * 69), size=(140, 4))
    (tmp_path / "test" / ("1" + "0" * 69)).rename(tmp_path / "test" / ("2" + "0" * 69))
    for path in (tmp_path / "test" / ("2" + "0" * 69)).iterdir():
        path.rename(path.with_name(path.name[:2] + "2" + "0" * 69 + ".png"))
    read = load_folder_task(tmp_path)
    assert read.audit().label_overlap == {"train_test": 1, "train_val": 2, "val_test": 1}
    assert read.labels_mode == "disjoint"  # one label of the test set is in no other


@pytest.mark.parametrize(("write", "file"), [(write_folder, "val"), (write_npz, "val.npz")])
def test_a_folder_that_is_there(task, tmp_path, write, file):
    empty = tmp_path / "empty"
    empty.mkdir()
    write(task, empty)
    assert (empty / file).exists()
    with pytest.raises(UsageError, match="is there already"):
        write(task, tmp_path)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("write", [write_folder, write_npz])
def test_nothing_half_written(task, tmp_path, monkeypatch, write, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises((GlyphlabError, KeyboardInterrupt)) as caught:
        write(task, tmp_path / "out")
    if isinstance(error, OSError):
        assert "the disk is full" in str(caught.value)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not (tmp_path / "out" / "train").exists()


def make(folder, labels=("12", "34"), size=(8, 6)):
    for split in ("train", "val", "test"):
        for label in labels:
            target = folder / split / label
            target.mkdir(parents=True)
            for number in (10, 9):
                image = Image.new("L", size, number)
                image.save(target / f"{number}_{label}.png")


def test_any_number_of_columns(tmp_path):
    make(tmp_path)
    read = load_folder_task(tmp_path)
    assert (read.scene.columns, read.scene.cell, read.scene.free_y) == ((0, 4), (4, 4), 2)
    assert read.labels_mode == "shared"
    assert read.train.images[:, 0, 0].tolist() == [9, 10, 9, 10]  # by number, not by name
    assert read.train.labels.tolist() == [[1, 2], [1, 2], [3, 4], [3, 4]]


def test_what_was_done_and_left_out_is_said_once(tmp_path, notes, capsys):
    make(tmp_path)
    gray = Image.fromarray(np.full((6, 8), 2560, np.uint16))
    gray.save(tmp_path / "train" / "12" / "9_12.png")
    gray.save(tmp_path / "test" / "34" / "9_34.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (6, 8)).save(tmp_path / "val" / "34" / "9_34.png", exif=exif)
    layers = np.zeros((6, 8, 4), np.uint8)
    layers[2, 2] = 255
    Image.fromarray(layers).save(tmp_path / "val" / "12" / "9_12.png")
    for name in ("train/12/notes.txt", "test/34/a.tmp", "val/b.txt", "README.md", "train/12/.a"):
        (tmp_path / name).touch()
    (tmp_path / "more").mkdir()
    Image.new("L", (8, 6)).save(tmp_path / "val" / "1_12.png")
    for _ in range(2):
        read = load_folder_task(tmp_path)
    assert [len(split) for split in read.splits.values()] == [4, 4, 4]
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"note: {tmp_path}: {what}"
        for what in (
            "scaled from 12 bits to 8 (images: 2)",
            "turned as its EXIF says (images: 1)",
            "what is transparent laid on black (images: 1)",
            "left out: 1 file .md, 1 file .tmp, 2 files .txt, the folder more",
            "left out: 1 file .png, as it is in no class folder",
            "1 hidden file or folder skipped",
        )
    ]


def test_nothing_is_said_of_a_folder_as_it_is_written(written, notes, capsys):
    load_folder_task(written)
    assert capsys.readouterr().err == ""


def test_refusals(tmp_path):
    with pytest.raises(NoSuchPath, match="no such folder"):
        load_folder_task(tmp_path / "nowhere")
    make(tmp_path)
    extra = tmp_path / "val" / "7a"
    extra.mkdir()
    with pytest.raises(DataError, match="label '7a' is not made of the digits"):
        load_folder_task(tmp_path)
    extra = extra.rename(tmp_path / "val" / "123")
    with pytest.raises(DataError, match="label of 3 digits beside labels of 2"):
        load_folder_task(tmp_path)
    extra = extra.rename(tmp_path / "val" / "56")
    with pytest.raises(DataError, match="56: a label folder with no images"):
        load_folder_task(tmp_path)
    Image.new("L", (9, 6)).save(extra / "1_56.png")
    with pytest.raises(DataError, match="9×6 pixels"):
        load_folder_task(tmp_path)


def test_too_narrow(tmp_path):
    make(tmp_path, size=(1, 6))
    with pytest.raises(DataError, match="1 pixels wide for labels of 2 digits"):
        load_folder_task(tmp_path)


@pytest.mark.realdata
def test_the_published_sample(real_data):
    sample = real_data / "triple-mnist-published-sample"
    if not sample.is_dir():
        pytest.skip("the sample of the published images is not there")
    read = load_folder_task(sample)
    assert [len(split) for split in read.splits.values()] == [12, 12, 12]
    assert read.audit().ceilings["whole"] == 0


def test_splits_of_different_lengths(tmp_path):
    make(tmp_path)
    for label in ("12", "34"):
        (tmp_path / "test" / label).rename(tmp_path / "test" / f"{label}0")
    with pytest.raises(DataError, match="labels of 2, 3 digits in its splits"):
        load_folder_task(tmp_path)
