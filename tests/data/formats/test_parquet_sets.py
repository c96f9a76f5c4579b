"""Hugging Face's Parquet files, written by pyarrow where it is installed."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError, UsageError
from glyphlab._common.untrusted.parquet_files import ParquetTable
from glyphlab.data import SymbolSet, load_symbols

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 5, 6), dtype=np.uint8)
LABELS = [number % 2 for number in range(10)]


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write(path: Path, rows: slice, labels: list[Any] = LABELS, names: list[str] | None = None,
          **columns: list[Any]) -> None:  # fmt: skip
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    content: dict[str, list[Any]] = columns or {
        "image": [{"bytes": png(one), "path": None} for one in IMAGES[rows]],
        "label": labels[rows],
    }
    table = pyarrow.table(content)
    if names:
        features = {"label": {"names": names, "_type": "ClassLabel"}}
        metadata = {"huggingface": json.dumps({"info": {"features": features}})}
        table = table.replace_schema_metadata(metadata)
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path)


def test_both_splits_in_parts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(data / "train-00000-of-00002.parquet", slice(0, 4), names=["cat", "ant"])
    write(data / "train-00001-of-00002.parquet", slice(4, 7), names=["cat", "ant"])
    write(data / "test-00000-of-00001.parquet", slice(7, 10), names=["cat", "ant"])
    source = load_symbols(str(tmp_path))
    np.testing.assert_array_equal(source.train.images, IMAGES[:7])
    np.testing.assert_array_equal(source.test.images, IMAGES[7:])
    assert source.train.class_names == ("cat", "ant")
    assert source.train.labels.tolist() == LABELS[:7]


def test_files_whose_names_say_nothing_are_for_training(tmp_path: Path) -> None:
    write(tmp_path / "0000.parquet", slice(0, 4))
    write(tmp_path / "0001.parquet", slice(4, 7))
    write(tmp_path / "test-0.parquet", slice(7, 10))
    source = load_symbols(str(tmp_path))
    np.testing.assert_array_equal(source.train.images, IMAGES[:7])
    np.testing.assert_array_equal(source.test.images, IMAGES[7:])


def test_training_images_are_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "validation-0.parquet", slice(0, 4))
    write(tmp_path / "test-0.parquet", slice(4, 7))
    with pytest.raises(DataError, match="expected training images too: a file whose name begins"):
        load_symbols(str(tmp_path))


def test_one_file(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", slice(None), [f"class {label}" for label in LABELS])
    source = load_symbols(str(tmp_path / "a.parquet"))
    assert source.train.class_names == ("class 0", "class 1")
    assert (len(source.train), len(source.test)) == (8, 2)


def test_what_is_no_table_of_images(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", slice(None), text=["a"], label=[1])
    with pytest.raises(DataError, match="columns label, text, expected 'image'"):
        load_symbols(str(tmp_path / "a.parquet"))
    write(tmp_path / "b.parquet", slice(None), image=[b"no"], label=[1])
    with pytest.raises(DataError, match=r"b\.parquet, row 1: it cannot be read as an image"):
        load_symbols(str(tmp_path / "b.parquet"))
    (tmp_path / "c.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(DataError, match="it is no Parquet file"):
        load_symbols(str(tmp_path / "c.parquet"))


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"pip install 'glyphlab\[parquet\]'") as caught:
        load_symbols(str(tmp_path / "a.parquet"))
    assert "\n" not in str(caught.value)


# --- what is made of the columns, whoever read them ---------------------------------------------


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ParquetTable]:
    """Tables by the names of their files, which are there and empty."""
    found: dict[str, ParquetTable] = {}

    def read(path: Path, wanted: Sequence[str]) -> ParquetTable:
        assert {"image", "label"} <= set(wanted)
        return found[path.name]

    monkeypatch.setattr("glyphlab.data.formats.parquet_sets.read_parquet", read)
    return found


def table(rows: slice, labels: Sequence[object], names: list[str] | None = None) -> ParquetTable:
    images = [{"bytes": png(one), "path": None} for one in IMAGES[rows]]
    features = {"label": {"names": names}} if names else {}
    return ParquetTable({"image": images, "label": list(labels)}, ["image", "label"], features)


def load(tables: dict[str, ParquetTable], folder: Path) -> SymbolSet:
    for name in tables:
        (folder / name).touch()
    return load_symbols(str(folder))


def test_columns_become_symbols(tables: dict[str, ParquetTable], tmp_path: Path) -> None:
    names = ["cat", "ant", "bee"]
    tables["train-0.parquet"] = table(slice(0, 4), LABELS[:4], names)
    tables["train-1.parquet"] = table(slice(4, 7), LABELS[4:7], names)
    tables["test-0.parquet"] = table(slice(7, 10), LABELS[7:], names)
    tables["validation-0.parquet"] = tables["test-0.parquet"]
    source = load(tables, tmp_path)
    np.testing.assert_array_equal(source.train.images, IMAGES[:7])
    np.testing.assert_array_equal(source.test.images, IMAGES[7:])
    assert source.train.class_names == ("cat", "ant", "bee")
    assert source.train.labels.tolist() == LABELS[:7]
    assert source.train.remarks == (
        "left out: validation-0.parquet", "no training image of bee", "no test image of bee",
    )  # fmt: skip


def test_labels_without_names_and_of_text(tables: dict[str, ParquetTable], tmp_path: Path) -> None:
    tables["a.parquet"] = table(slice(0, 4), [7, 10, 7, 10])
    assert load(tables, tmp_path).train.class_names == ("7", "10")
    tables["a.parquet"] = table(slice(0, 4), ["b", "a", "b", "a"])
    assert load(tables, tmp_path).train.class_names == ("a", "b")


def test_images_of_bytes_of_lists_and_of_other_sizes(
    tables: dict[str, ParquetTable], tmp_path: Path
) -> None:
    images: list[Any] = [png(IMAGES[0]), IMAGES[1].tolist(), png(IMAGES[2, :4])]
    tables["a.parquet"] = ParquetTable({"image": images, "label": [0, 0, 1]}, [], {})
    source = load(tables, tmp_path)
    everything = np.concatenate([source.train.images, source.test.images])
    assert everything.shape == (3, 5, 6)
    assert source.train.remarks[0] == "other sizes brought to 6×5 (images: 1)"


def of_images(images: list[Any], labels: Sequence[object] | None = None) -> ParquetTable:
    return ParquetTable({"image": images, "label": labels or [0] * len(images)}, [], {})


def test_most_images_of_both_splits_say_the_size(
    tables: dict[str, ParquetTable], tmp_path: Path
) -> None:
    tables["train.parquet"] = of_images([png(IMAGES[0, :2]), png(IMAGES[1]), IMAGES[2].tolist()])
    tables["test.parquet"] = of_images([png(IMAGES[3]), png(IMAGES[4, :4, :4])])
    source = load(tables, tmp_path)
    np.testing.assert_array_equal(source.train.images[1:], IMAGES[1:3])
    np.testing.assert_array_equal(source.test.images[0], IMAGES[3])
    assert source.train.remarks == ("other sizes brought to 6×5 (images: 2)",)


def test_without_most_the_size_is_the_middle_one(
    tables: dict[str, ParquetTable], tmp_path: Path
) -> None:
    shapes = [(30, 2), (4, 10), (6, 8), (8, 6), (2, 30)]
    images = [png(np.zeros(shape, np.uint8)) for shape in shapes]
    tables["train.parquet"], tables["test.parquet"] = of_images(images[:3]), of_images(images[3:])
    source = load(tables, tmp_path)
    assert source.train.images.shape == (3, 6, 8)
    assert source.test.images.shape == (2, 6, 8)


def test_what_was_done_is_said(tables: dict[str, ParquetTable], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = io.BytesIO()
    Image.fromarray(IMAGES[0].T.copy()).save(turned, "PNG", exif=exif)
    ink = np.zeros((5, 6, 4), np.uint8)
    ink[2, 2] = 255
    frames = io.BytesIO()
    first, *others = (Image.fromarray(one) for one in IMAGES[:2])
    first.save(frames, "GIF", save_all=True, append_images=others)
    wide = png(IMAGES[1].astype(np.uint16) << 8)
    tables["train.parquet"] = of_images([turned.getvalue(), {"bytes": wide}, png(ink)])
    tables["test.parquet"] = of_images([frames.getvalue(), wide])
    assert load(tables, tmp_path).train.remarks == (
        "first of 2 frames taken (images: 1)",
        "scaled from 16 bits to 8 (images: 2)",
        "turned as its EXIF says (images: 1)",
        "what is transparent laid on black (images: 1)",
    )


@pytest.mark.parametrize(
    ("bright", "dark", "expected", "remarks"),
    [
        (IMAGES, IMAGES // 200, IMAGES // 200, ()),
        (IMAGES * 1.0, IMAGES / 255, np.rint(IMAGES / 255), ()),
        (IMAGES * np.uint16(256), IMAGES, IMAGES * 0, ("scaled from 16 bits to 8 (images: 3)",)),
        (IMAGES * np.uint16(16), IMAGES, IMAGES >> 4, ("scaled from 12 bits to 8 (images: 3)",)),
        (IMAGES / 127.5 - 1, IMAGES / 255, np.rint(IMAGES / 255 * 127.5 + 127.5),
         ("scaled from -1..1 to 0..255 (images: 3)",)),
    ],
)  # fmt: skip
def test_lists_are_on_one_scale(
    bright: np.ndarray, dark: np.ndarray, expected: np.ndarray, remarks: tuple[str, ...],
    tables: dict[str, ParquetTable], tmp_path: Path,
) -> None:  # fmt: skip
    tables["train.parquet"] = of_images([bright[0].tolist(), dark[1].tolist()])
    tables["test.parquet"] = of_images([dark[2].tolist()])
    source = load(tables, tmp_path)
    np.testing.assert_array_equal(source.train.images[0], IMAGES[0])
    np.testing.assert_array_equal(source.train.images[1], expected[1])
    np.testing.assert_array_equal(source.test.images[0], expected[2])
    assert source.train.remarks == remarks


@pytest.mark.parametrize("missing", [None, float("nan"), b"cat", ["cat"]])
@pytest.mark.parametrize("label", ["cat", 1])
def test_a_missing_label_names_its_row(
    missing: object, label: object, tables: dict[str, ParquetTable], tmp_path: Path
) -> None:
    images = [png(one) for one in IMAGES[:3]]
    tables["train-0.parquet"] = of_images(images, [label] * 3)
    tables["train-1.parquet"] = of_images(images, [label, missing, label])
    said = r"train-1\.parquet, row 2: a label that is neither a number nor text, expected one an"
    with pytest.raises(DataError, match=said):
        load(tables, tmp_path)


def test_a_class_may_be_called_none(tables: dict[str, ParquetTable], tmp_path: Path) -> None:
    tables["a.parquet"] = of_images([png(one) for one in IMAGES[:4]], ["None", "cat"] * 2)
    assert load(tables, tmp_path).train.class_names == ("None", "cat")


@pytest.mark.parametrize(
    ("image", "label", "message"),
    [
        ({"bytes": None, "path": "a.png"}, 0, "row 1: no image, expected the bytes of one"),
        (b"no", 0, "row 1: it cannot be read as an image"),
        ([[1, 2], [3]], 0, "row 1: rows of different lengths"),
        (3, 0, "row 1: no image"),
        (png(IMAGES[0]), None, "a label that is neither a number nor text"),
        (png(IMAGES[0]), 0.5, "label 0.5 is no class"),
    ],
)
def test_rows_that_cannot_be_read(
    image: Any, label: Any, message: str, tables: dict[str, ParquetTable], tmp_path: Path
) -> None:
    tables["a.parquet"] = ParquetTable({"image": [image], "label": [label]}, ["image", "label"], {})
    with pytest.raises(DataError, match=message) as caught:
        load(tables, tmp_path)
    assert "\n" not in str(caught.value)


def test_tables_of_other_things(tables: dict[str, ParquetTable], tmp_path: Path) -> None:
    tables["a.parquet"] = ParquetTable({"label": [1]}, ["text", "label"], {})
    with pytest.raises(DataError, match="columns label, text, expected 'image'"):
        load(tables, tmp_path)
    tables["a.parquet"] = ParquetTable({"image": [], "label": []}, ["image", "label"], {})
    with pytest.raises(DataError, match="holds no labelled image"):
        load(tables, tmp_path)
