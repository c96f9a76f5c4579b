"""CSV tables of pixels, written by Python's own writer and by NumPy's."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from glyphlab._common.errors import DataError
from glyphlab.data import load_symbols

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 4, 4), dtype=np.uint8)
LABELS = np.arange(12) % 3
HEADER = ["label", *(f"pixel{place}" for place in range(16))]
ROWS = [[label, *image.ravel().tolist()] for label, image in zip(LABELS, IMAGES, strict=True)]


def write(path: Path, rows: Sequence[Sequence[object]], **options: object) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, **options).writerows(rows)  # type: ignore[arg-type]
    return path


def check(path: Path) -> None:
    source = load_symbols(str(path))
    images = np.concatenate([source.train.images, source.test.images])
    order = np.argsort(np.concatenate([source.train.ids, source.test.ids]))
    np.testing.assert_array_equal(images[order], IMAGES)
    labels = np.concatenate([source.train.labels, source.test.labels])[order]
    np.testing.assert_array_equal(labels, LABELS)
    assert source.train.class_names == ("0", "1", "2")


def test_as_kaggle_has_it(tmp_path: Path) -> None:
    check(write(tmp_path / "digits.csv", [HEADER, *ROWS]))


def test_without_names_of_columns(tmp_path: Path) -> None:
    check(write(tmp_path / "digits.csv", ROWS))
    np.savetxt(tmp_path / "numpy.csv", np.array(ROWS), fmt="%d", delimiter=",")
    check(tmp_path / "numpy.csv")
    np.savetxt(tmp_path / "floats.csv", np.array(ROWS), delimiter=",")
    check(tmp_path / "floats.csv")


@pytest.mark.parametrize("place", [0, 5, 16])
@pytest.mark.parametrize("name", ["label", "Class", "TARGET"])
def test_the_label_may_stand_anywhere_when_it_is_named(
    place: int, name: str, tmp_path: Path
) -> None:
    rows = []
    for row in [[name, *HEADER[1:]], *ROWS]:
        moved = list(row[1:])
        moved.insert(place, row[0])
        rows.append(moved)
    check(write(tmp_path / "digits.csv", rows))


def test_a_column_that_numbers_the_rows_is_left_out(tmp_path: Path) -> None:
    rows = [["", *HEADER], *([number, *row] for number, row in enumerate(ROWS))]
    check(write(tmp_path / "pandas.csv", rows))
    rows[0][0] = "id"
    check(write(tmp_path / "ids.csv", [[f"image {row[0]}", *row[1:]] if n else row
                                       for n, row in enumerate(rows)]))  # fmt: skip


def numbered(first: int, place: int, *, rows: bool) -> list[list[object]]:
    """Return what pandas writes of a frame that has no names but the label's, in a place."""
    found: list[list[object]] = [[*range(first, first + 16)], *(row[1:] for row in ROWS)]
    for number, (row, label) in enumerate(zip(found, ["label", *LABELS], strict=True)):
        row.insert(place, label)
        if rows:
            row.insert(0, number - 1 if number else "")
    return found


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("place", [0, 7, 16])
@pytest.mark.parametrize("rows", [False, True])
def test_pixels_are_called_by_their_numbers(
    first: int, place: int, rows: bool, tmp_path: Path
) -> None:
    check(write(tmp_path / "pandas.csv", numbered(first, place, rows=rows)))


def test_more_pixels_than_a_pixel_is_bright(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 784)).tolist()
    rows = [[number % 2, *image] for number, image in enumerate(images)]
    source = load_symbols(str(write(tmp_path / "a.csv", [["label", *range(784)], *rows])))
    assert source.train.class_names == ("0", "1")
    assert source.train.images.shape[1:] == (28, 28)
    assert len(source.train) + len(source.test) == 6
    unnamed = write(tmp_path / "b.csv", [[*range(785)], *rows])
    with pytest.raises(DataError, match="no column is called 'label', found '0, 1, 2, 3, 4'"):
        load_symbols(str(unnamed))


@pytest.mark.parametrize("label", ["5", "cat"])
def test_a_first_image_that_counts_stays_an_image(label: str, tmp_path: Path) -> None:
    ramp = np.arange(16).tolist()
    source = load_symbols(str(write(tmp_path / "a.csv", [[label, *ramp], *ROWS])))
    assert label in source.train.class_names
    both = np.concatenate([source.train.images, source.test.images])
    assert sum(image.ravel().tolist() == ramp for image in both) == 1


@pytest.mark.parametrize(("bits", "highest"), [(12, 4095), (12, 256), (16, 4096), (16, 65535)])
def test_whole_numbers_of_more_bits(bits: int, highest: int, tmp_path: Path) -> None:
    rows = [[1, highest, 300, 100, 0], [2, 7, 8, 9, 10]]
    write(tmp_path / "train.csv", rows)
    write(tmp_path / "test.csv", [[1, 255, 100, 20, 0]])  # alone it has eight bits
    source = load_symbols(str(tmp_path))
    shift = bits - 8
    assert source.train.images[0].ravel().tolist() == [cell >> shift for cell in rows[0][1:]]
    assert source.test.images[0].ravel().tolist() == [255 >> shift, 100 >> shift, 20 >> shift, 0]
    assert source.train.remarks == (f"scaled from {bits} bits to 8", "no test image of 2")


def test_both_tables_are_on_one_scale(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", [[1, -1, -0.5, 0.5, 1], [2, 1, 1, -1, -1]])
    write(tmp_path / "test.csv", [[1, 0, 1, 0, 1], [2, 1, 1, 0, 0]])  # alone it is black and white
    source = load_symbols(str(tmp_path))
    assert source.test.images[0].ravel().tolist() == [128, 255, 128, 255]
    assert source.train.remarks == ("scaled from -1..1 to 0..255",)


@pytest.mark.parametrize(
    "options",
    [{"quoting": csv.QUOTE_ALL}, {"delimiter": ";"}, {"delimiter": "\t"}, {"lineterminator": "\n"}],
)
def test_other_ways_of_writing_it(options: dict[str, object], tmp_path: Path) -> None:
    check(write(tmp_path / "digits.csv", [HEADER, *ROWS], **options))


def test_a_byte_order_mark_empty_lines_and_gzip(tmp_path: Path) -> None:
    content = write(tmp_path / "a.csv", [HEADER, *ROWS]).read_bytes()
    (tmp_path / "b.csv").write_bytes(b"\xef\xbb\xbf" + content.replace(b"\r\n", b"\r\n\r\n"))
    check(tmp_path / "b.csv")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(content))
    check(tmp_path / "c.csv.gz")


def test_labels_are_text(tmp_path: Path) -> None:
    rows = [HEADER, *([f"Ankle boot, {row[0]}", *row[1:]] for row in ROWS)]
    source = load_symbols(str(write(tmp_path / "a.csv", rows)))
    assert source.train.class_names == ("Ankle boot, 0", "Ankle boot, 1", "Ankle boot, 2")


def test_the_test_table_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "mnist_train.csv", [HEADER, *ROWS[:8]])
    write(tmp_path / "mnist_test.csv", [HEADER, *ROWS[8:]])
    for path in (tmp_path / "mnist_train.csv", tmp_path):
        source = load_symbols(str(path))
        np.testing.assert_array_equal(source.train.images, IMAGES[:8])
        np.testing.assert_array_equal(source.test.images, IMAGES[8:])
        assert source.train.remarks == ()


def test_kaggles_test_table_has_no_labels(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", [HEADER, *ROWS])
    write(tmp_path / "test.csv", [HEADER[1:], *(row[1:] for row in ROWS)])
    source = load_symbols(str(tmp_path / "train.csv"))
    assert source.train.remarks[0] == "left out: 12 images of test.csv, without labels"
    assert len(source.test) == 3
    with pytest.raises(DataError, match="16 columns and none of labels, expected one called"):
        load_symbols(str(tmp_path / "test.csv"))


def test_the_digits_of_scikit_learn(tmp_path: Path) -> None:
    pixels, target = load_digits(return_X_y=True)
    np.savetxt(tmp_path / "digits.csv", np.column_stack([target, pixels]), delimiter=",")
    source = load_symbols(str(tmp_path / "digits.csv"))
    images = np.concatenate([source.train.images, source.test.images])
    order = np.argsort(np.concatenate([source.train.ids, source.test.ids]))
    np.testing.assert_array_equal(images[order].reshape(-1, 64), pixels)
    assert source.train.class_names == tuple("0123456789")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\n \r\n", "it is empty"),
        (
            b"label," + b",".join(b"pixel%d" % n for n in range(8_000)) + b"\n",
            "8,000 columns of",
        ),
        (b"5," + b"0," * 7_999 + b"0\n", "8,000 columns of pixels, expected a square number"),
        (b"a,b\n1,2\n", "no column is called 'label', found 'a, b'"),
        (b"label\n1\n", "0 columns of pixels"),
        (b"label,p0\n", "names of columns and no rows"),
        (b"label,p0\n1,2\n1,2,3\n", "line 3: 3 cells, expected 2"),
        (b"label,p0\n1,2\n1,x\n", "line 3: a cell that is no number"),
        (b"label,p0,p1,p2,p3\n1,2,,4,5\n", "line 2: a cell that is no number"),
        (b"label,p0\n1,\n", "line 2: a cell that is no number"),
        (b"label,p0,p1,p2,p3\n1,2, ,4,5\n", "line 2: a cell that is no number"),
        (b"p0,p1,p2,p3,label\n \t,2,3,4,5\n", "line 2: a cell that is no number"),
        (b"7,1,2,3,4\n8,1,\t,3,4\n", "line 2: a cell that is no number"),
        (b"label,p0\n1,300000\n2,5\n", "values from 5 to 300000"),
        (b"label,p0\n1,-3\n2,5\n", "values from -3 to 5"),
        (b"label,p0\n1,nan\n2,5\n", "values from nan"),
        (b"label,p0\n0.5,3\n2,5\n", None),  # a name like another
        (b"label,p0\n,3\n2,5\n", "the label '' is no name"),
        (b"label,class,p0\n1,2,3\n", "columns 'label', 'class', expected one of labels"),
        (b"\xff\xfe,1\n", "line 1: it is not UTF-8"),
        (b"label,p0\n\xff,1\n", "line 2: it is not UTF-8"),
        (b'label,p0\n"a,1\n', "line 2: it is no row"),
        (b"label,p0\n" + b"a" * 200_000 + b",1\n", "line 2: a cell of more than 100000 characters"),
        (b"0," * 1_100_000, "line 1: more than 1,000,000 cells"),
    ],
)
def test_what_is_no_table_of_images_is_one_line(
    content: bytes, message: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    if message is None:
        assert len(load_symbols(str(path)).train) == 2
        return
    with pytest.raises(DataError, match=message) as caught:
        load_symbols(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
