"""Whether a task can teach anything, and what is said of the images of one's own source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError
from glyphlab.recipes import Recipe
from glyphlab.tasks import load_task
from glyphlab.tasks.label_names import label_names, symbol_names
from glyphlab.tasks.learnable import image_remarks, reason_against_learning, require_learnable
from glyphlab.training import train


def folder(root: Path, names: str, each: int = 10, light: bool = False) -> Path:
    rng = np.random.default_rng(0)
    for split, count in (("train", each), ("test", 3)):
        for name in names:
            (root / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = np.zeros((8, 8), np.uint8)
                pixels[2:6, 2:6] = rng.integers(100, 255, (4, 4))
                image = Image.fromarray(255 - pixels if light else pixels)
                image.save(root / split / name / f"{number}.png")
    return root


def recipe(data: Path) -> Recipe:
    return Recipe.from_mapping(
        {
            "task": {"name": "single", "data": str(data), "generalization_grid": 0},
            "model": {"strategy": "whole", "net": "classical", "classical": {"name": "knn"}},
        }
    )


def test_one_class_teaches_nothing(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", "7")
    task = load_task("single", data=str(data))
    said = "all 8 training images have the label '7': nothing can be learned"
    assert reason_against_learning(task) == said
    assert said in str(task.audit())
    assert task.audit().to_json()["remarks"][0] == said
    with pytest.raises(DataError, match=f"own: {said}; add images"):
        require_learnable(task)
    with pytest.raises(DataError, match="nothing can be learned"):
        train(recipe(data), tmp_path / "runs", quiet=True)
    assert not list((tmp_path / "runs").glob("*/*"))


def test_nothing_to_be_scored_on(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.eye(9).reshape(3, 3, 9)[:, :, :3], labels=np.arange(3))
    task = load_task("single", data=str(tmp_path / "a.npz"))
    assert len(task.test) == 0
    with pytest.raises(DataError, match="no test images; add images"):
        train(recipe(tmp_path / "a.npz"), tmp_path / "runs", quiet=True)
    assert "REMARK: no test images" in str(task.audit())


def test_two_classes_can_be_learned(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", "ab")
    task = load_task("single", data=str(data))
    require_learnable(task)
    assert image_remarks(task) == ()
    assert "remarks" not in task.audit().to_json()
    run = train(recipe(data), tmp_path / "runs", quiet=True)
    assert run.is_done
    assert run.summary.class_names == ("a", "b")


def test_dark_ink_is_said_by_the_audit(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", "ab", light=True)
    (remark,) = load_task("single", data=str(data)).audit().remarks
    assert remark.startswith("images are dark on light")


def test_published_sources_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("glyphlab.tasks.learnable.inspect_symbols", never)
    for name in ("single", "triple", "addition"):
        assert load_task(name, per_label=None if name == "single" else 1).audit().remarks == ()


def test_copies_across_the_split_are_a_leak_and_a_remark(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", "ab")
    content = (data / "test" / "a" / "0.png").read_bytes()
    (data / "train" / "a" / "0.png").write_bytes(content)
    audit = load_task("single", data=str(data)).audit()
    assert "test images that are copies of training images: 1 of 6" in audit.remarks[0]


def test_names_of_labels_and_of_symbols(tmp_path: Path) -> None:
    task = load_task("single", data=str(folder(tmp_path / "own", "ab")))
    assert label_names(task) == symbol_names(task) == ("a", "b")
    derived = load_task("addition", per_label=1)
    assert label_names(derived) == ()
    assert symbol_names(derived) == tuple("0123456789")


def test_a_class_of_one_image_is_absent_where_none_is_left(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", "abc", each=12)
    for image in [*(data / "train" / "c").iterdir(), *(data / "test" / "c").iterdir()]:
        if image.parent.parent.name == "test" or image.name != "0.png":
            image.unlink()
    task = load_task("single", data=str(data))
    for split in ("validation", "test"):
        assert f"no {split} image shows c: scores on the {split} images say nothing of it" in (
            image_remarks(task)
        )
    given = recipe(data).model_copy(
        update={"task": recipe(data).task.changed(generalization_grid=50)}
    )
    summary = train(given, tmp_path / "runs", quiet=True).summary
    assert set(summary.generalization_grid) == {"seen/seen", "seen/unseen"}  # type: ignore[union-attr]
    pairs = load_task(_scene(tmp_path), data=str(data), images=200)
    assert 2 in pairs.train.symbols
    assert 2 not in pairs.test.symbols


def _scene(tmp_path: Path) -> str:
    (tmp_path / "two.toml").write_text("count = 2")
    return str(tmp_path / "two.toml")


def test_remarks_count_what_the_table_counts(tmp_path: Path) -> None:
    data = folder(tmp_path / "own", "ab", each=36)
    for image in (data / "train" / "b").iterdir():
        if image.name not in ("0.png", "1.png"):
            image.unlink()
    audit = load_task("single", data=str(data)).audit()
    assert (audit.balance["train"].label_fewest, audit.balance["train"].label_most) == (2, 30)
    assert "unbalanced: 30 training images of 'a', 2 of 'b'" in audit.remarks


@pytest.mark.usefixtures("notes")
def test_a_cell_of_the_grid_that_no_glyphs_fill(capsys: pytest.CaptureFixture[str]) -> None:
    task = load_task("single")
    zeros = task.pools["test"].take(np.flatnonzero(task.pools["test"].labels == 0))
    others = task.train.take(np.flatnonzero(task.train.labels[:, 0] != 0))
    grid = replace(task, train=others, pools={**task.pools, "test": zeros}).generalization_grid(9)
    assert set(grid) == {("seen", "seen")}
    assert "no cell seen labels/unseen glyphs in the grid" in capsys.readouterr().err
