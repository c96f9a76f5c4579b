"""Files that say which glyphs stand together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import DataError, GlyphlabError, NoSuchPath, SceneError, UsageError
from glyphlab.data import SymbolSet, load_symbols
from glyphlab.tasks import load_pairs_task, load_task, write_pairs
from glyphlab.tasks.from_recipe import load_named


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("addition", {"per_label": 5}),
        ("addition", {"as_published": True}),
        ("product", {"per_label": 3}),
        ("difference", {"digits": 2, "without_glyph_reuse": True}),
        ("addition", {"digits": 20, "without_glyph_reuse": True}),
        ("product", {"digits": 10, "without_glyph_reuse": True}),
    ],
)
def test_what_is_written_comes_back(name: str, options: dict[str, object], tmp_path: Path) -> None:
    task = load_task(name, **options)  # type: ignore[arg-type]
    write_pairs(task, tmp_path / "pairs.csv")
    again = load_named(str(tmp_path / "pairs.csv"))
    assert again.glyphs_mode == task.glyphs_mode
    assert again.scene == task.scene
    for split, one in task.splits.items():
        other = again.splits[split]
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
        assert one.labels.dtype == other.labels.dtype
        np.testing.assert_array_equal(one.glyph_ids, other.glyph_ids)
    overlap = [found.audit().to_json()["glyph_overlap"] for found in (task, again)]
    assert overlap[0] == overlap[1]


def test_without_validation(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "task,split,glyph 1,glyph 2\naddition,train,3,4\naddition,test,1600,1601\n"
    )
    task = load_pairs_task(tmp_path / "a.csv")
    assert [len(split) for split in task.splits.values()] == [1, 0, 1]
    source = load_task("single").train
    assert task.train.labels[0] == sum(
        int(source.labels[source.glyph_ids[:, 0] == glyph, 0][0]) for glyph in (3, 4)
    )


HEAD = "task,split,glyph 1,glyph 2\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "found columns ''"),
        ("task,split,glyph 1\n", "expected task,split,glyph 1,glyph 2"),
        (HEAD, "found lines of no task"),
        (HEAD + "addition,train,3\n", "line 2: 3 values, expected 4"),
        (HEAD + "addition,train,3,\n", "line 2: glyph '' is not among the ids of 'digits'"),
        (HEAD + "addition,train,3,99999\n", "go from 0 to 1796"),
        (HEAD + "addition,train,3,-4\n", "glyph '-4'"),
        (HEAD + "addition,tran,3,4\n", "did you mean 'train'"),
        (HEAD + "adition,train,3,4\n", "did you mean 'addition'"),
        (HEAD + "addition,train,3,4\nproduct,test,5,6\n", "expected one task"),
        (HEAD + "addition,train,3,4\n", "no line of split 'test'"),
        (
            ",".join(["task,split", *["glyph"] * 2002]) + "\naddition,train" + ",3" * 2002 + "\n",
            "numbers of 1,001 digits, expected .* at most 1,000",
        ),
    ],
)
def test_a_file_that_is_wrong_says_where(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises((DataError, GlyphlabError), match=said):
        load_pairs_task(tmp_path / "a.csv")


def test_what_cannot_be_written_or_found(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no task of numbers"):
        write_pairs(load_task("single"), tmp_path / "a.csv")
    with pytest.raises(NoSuchPath, match="no file of pairs"):
        load_pairs_task(tmp_path / "a.csv")


def test_numbers_are_written_with_ten_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = load_symbols("digits")
    names = (*source.train.class_names, "ten")
    more = SymbolSet(
        "more", *(replace(part, class_names=names) for part in (source.train, source.test))
    )
    monkeypatch.setattr("glyphlab.tasks.io.pairs.load_symbols", lambda *_, **__: more)
    head = "task,split,glyph 1,glyph 2,glyph 3,glyph 4\n"
    (tmp_path / "a.csv").write_text(head + "addition,train,1,2,3,4\naddition,test,5,6,7,8\n")
    with pytest.raises(SceneError, match="written with ten classes, 'more' has 11"):
        load_pairs_task(tmp_path / "a.csv")


def test_images_of_another_size_are_named(tmp_path: Path) -> None:
    train = load_symbols("digits").train
    images = np.pad(train.images[:40], ((0, 0), (2, 2), (2, 2)))
    np.savez(tmp_path / "my set.npz", images=images, labels=train.labels[:40])
    source = str(tmp_path / "my set.npz")
    (tmp_path / "a.csv").write_text(HEAD + "addition,train,3,4\naddition,test,5,6\n")
    said = []
    for name in ("addition", str(tmp_path / "a.csv")):
        with pytest.raises(SceneError) as caught:
            load_named(name, data=source)
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert f"the images of '{source}' have 32×32: type 'glyphlab data import '{source}'" in said[1]


def test_a_file_leaves_no_choice(tmp_path: Path) -> None:
    write_pairs(load_task("addition", per_label=2), tmp_path / "a.csv")
    with pytest.raises(UsageError, match="leave --digits, --without-glyph-reuse out"):
        load_named(str(tmp_path / "a.csv"), digits=2, without_glyph_reuse=True)
