"""Tasks in shards: built at flat memory, read a batch at a time, damaged and refused."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import DataError, UsageError
from glyphlab.recipes import Recipe
from glyphlab.tasks import load_task
from glyphlab.tasks.from_recipe import check_recipe_task, load_named, load_recipe_task
from glyphlab.tasks.streams import image_shards as shards_module
from glyphlab.tasks.streams.image_shards import ShardImages, load_shards_task, write_shards
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "triple"
    write_shards(load_task("triple", per_label=1, stream=True), folder, 3)
    return folder


def test_shards_hold_the_images_of_the_task_in_their_order(built: Path) -> None:
    task, read = load_task("triple", per_label=1), load_named(str(built))
    rows = np.array([639, 0, 212, 213, 214, 0])
    for name, split in task.splits.items():
        there = read.splits[name]
        assert isinstance(there.images, ShardImages)
        index = rows % len(split)
        assert np.array_equal(there.images[index], split.images[index])
        assert np.array_equal(there.images.take(index)[::-1], split.images[index][::-1])
        for key in ("labels", "symbols", "glyph_ids"):
            assert np.array_equal(getattr(there, key), getattr(split, key))
        assert there.digest == split.digest
        whole = [np.load(built / name / f"images-0000{number}.npy") for number in range(3)]
        assert np.array_equal(np.concatenate(whole), split.images)
    assert read.audit().label_overlap == task.audit().label_overlap
    assert read.scene == task.scene
    assert read.required_recipe() == TaskRecipe(
        name=str(built), digest=read.required_recipe().digest
    )


def test_what_leaves_no_choice_names_what_was_written(built: Path) -> None:
    with pytest.raises(UsageError, match="leave --per-label, --data out"):
        load_named(str(built), per_label=3, data="mnist")
    recipe = TaskRecipe(name=str(built), per_label=3, validation_glyph_fraction=0.5)
    said = r"leave task\.per_label \(--per-label\), task\.validation_glyph_fraction out"
    for check in (load_recipe_task, check_recipe_task):
        with pytest.raises(UsageError, match=said):
            check(recipe)


@pytest.mark.usefixtures("one_thread")
def test_a_seed_chooses_among_the_images(built: Path) -> None:
    chosen = [
        load_recipe_task(TaskRecipe(name=str(built), train_images=20, seed=seed)).train.glyph_ids
        for seed in (0, 0, 1)
    ]
    assert np.array_equal(chosen[0], chosen[1])
    assert not np.array_equal(chosen[0], chosen[2])


def test_training_on_shards_ends_in_the_bits_of_training_in_memory(
    built: Path, tmp_path: Path
) -> None:
    changes = ["training.epochs=2", "model.channels=2", "training.short_canvas=0"]
    runs = [
        train(
            Recipe.for_model("sliced", TaskRecipe(name=name, **more), overrides=changes),
            tmp_path, quiet=True,
        )
        for name, more in (
            ("triple", {"per_label": 1, "generalization_grid": 0}),
            (str(built), {"generalization_grid": 0}),
        )
    ]  # fmt: skip
    for name in ("predictions.npz", "model.safetensors"):
        one, other = ((run.path / name).read_bytes() for run in runs)
        assert one == other


def test_memory_is_flat_while_shards_are_built(tmp_path: Path) -> None:
    task = load_task("triple", per_label=4, stream=True)
    tracemalloc.start()
    write_shards(task, tmp_path / "built", 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16e6 < sum(split.images.shape[0] for split in task.splits.values()) * 84 * 84


def test_more_shards_than_images_are_refused(tmp_path: Path) -> None:
    task = load_task("triple", per_label=1, stream=True)
    with pytest.raises(UsageError, match="161 shards for the 160 images of split 'val'"):
        write_shards(task, tmp_path / "built", 161)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other").touch()
    with pytest.raises(UsageError, match="is there already"):
        write_shards(task, tmp_path / "full", 2)
    assert [one.name for one in tmp_path.iterdir()] == ["full"]


def test_labels_that_are_too_long_are_refused(tmp_path: Path) -> None:
    task = load_task("addition", digits=30, images=10, stream=True)
    with pytest.raises(UsageError, match="too long for shards: write npz instead"):
        write_shards(task, tmp_path / "built", 1)


def test_labels_that_reading_would_refuse_are_not_written(tmp_path: Path) -> None:
    task = load_task("triple", per_label=1)
    turned = replace(task.val, labels=task.val.labels[::-1])
    said = r"split 'val' of 'triple': image 0 has another label than its symbols make"
    with pytest.raises(UsageError, match=said):
        write_shards(replace(task, val=turned), tmp_path / "built", 1)
    assert not list(tmp_path.iterdir())


def cut_short(root: Path) -> None:
    file = root / "train" / "images-00001.npy"
    file.write_bytes(file.read_bytes()[:-1])


def without_rows(root: Path) -> None:
    (root / "val" / "rows.npz").unlink()


def changed(**changes: object) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / "shards.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return change


def fewer(root: Path) -> None:
    index = json.loads((root / "shards.json").read_text())
    index["splits"]["test"]["images"] -= 1
    (root / "shards.json").write_text(json.dumps(index))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_short, r"images-00001\.npy: .* bytes, .* expected: build it again"),
        (lambda root: (root / "test" / "images-00002.npy").unlink(), r"cannot be read"),
        (without_rows, r"rows\.npz: cannot be read"),
        (changed(classes=0), r"shards\.json: no list of shards"),
        (changed(splits={}), r"expected train, val and test"),
        (changed(more=1), r"no list of shards"),
        (fewer, r"shards of 200 images, 199 expected"),
        (lambda root: (root / "shards.json").write_text("{"), r"no list of shards"),
    ],
)
def test_what_is_damaged_is_named(
    damage: Callable[[Path], None], said: str, built: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(built, folder)
    damage(folder)
    with pytest.raises(DataError, match=said) as caught:
        load_shards_task(folder)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "addition"
    write_shards(load_task("addition", images=100, stream=True), folder, 1)
    return folder


def other_rows(root: Path, **changes: Callable[[Any], Any]) -> None:
    file = root / "train" / "rows.npz"
    with np.load(file) as there:
        rows = dict(there)
    np.savez(file, **{name: changes.get(name, np.asarray)(one) for name, one in rows.items()})


def with_last(value: int) -> Callable[[Any], Any]:
    def change(rows: Any) -> Any:
        rows.flat[-1] = value
        return rows

    return change


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"symbols": with_last(10)}, "symbols from 0 to 10, 0 to 9 expected"),
        ({"symbols": with_last(-1)}, "symbols from -1 to 9, 0 to 9 expected"),
        ({"symbols": lambda rows: rows.astype("i4")}, r"symbols \(64, 2\) of int32, \(64, 2\) of"),
        ({"symbols": lambda rows: rows[:, :1]}, r"symbols \(64, 1\) of int64, \(64, 2\) of"),
        ({"glyph_ids": lambda rows: rows[:, :1]}, r"glyph ids \(64, 1\) of int64, \(64, 2\) of"),
        ({"glyph_ids": lambda rows: rows[:9]}, r"glyph ids \(9, 2\) of int64, \(64, 2\) of"),
        ({"labels": lambda rows: rows[:9]}, r"labels \(9,\) of int64, \(64,\) of int64 expected"),
        ({"labels": lambda rows: rows[:, None]}, r"labels \(64, 1\) of int64, \(64,\) of"),
        ({"labels": lambda rows: rows[0]}, r"labels \(\) of int64, \(64,\) of int64 expected"),
        ({"labels": with_last(1_000)}, "image 63 has another label than its symbols make"),
        ({"labels": lambda rows: rows[::-1]}, r"image \d has another label than its symbols make"),
    ],
)
def test_rows_that_do_not_fit_the_scene_are_named(
    changes: dict[str, Callable[[Any], Any]], said: str, added: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(shards_module, "ROWS_CHECKED", 7)
    folder = tmp_path / "damaged"
    shutil.copytree(added, folder)
    assert len(load_shards_task(folder).train) == 64
    other_rows(folder, **changes)
    with pytest.raises(DataError, match=said) as caught:
        load_shards_task(folder)
    assert str(folder / "train" / "rows.npz") in str(caught.value)
    assert str(caught.value).endswith(": build it again")


def test_labels_of_digits_are_their_symbols(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(built, folder)
    other_rows(folder, labels=with_last(3), symbols=with_last(4))
    with pytest.raises(DataError, match="image 639 has another label than its symbols make"):
        load_shards_task(folder)
    other_rows(folder, symbols=with_last(3))
    assert load_shards_task(folder).train.labels[-1, -1] == 3


def test_a_shard_that_shrinks_while_it_is_read_is_named(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shrinking"
    shutil.copytree(built, folder)
    images = load_shards_task(folder).train.images
    cut_short(folder)
    with pytest.raises(DataError, match="cut short while it was being read"):
        images[:]
    assert shards_module.is_shards(folder)
