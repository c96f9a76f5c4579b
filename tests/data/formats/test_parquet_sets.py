"""Hugging Face's Parquet files, written by pyarrow where it is installed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError, UsageError
from glyphlab.data import load_symbols

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
