"""Whether a task can teach anything, and what is said of the images of one's own source."""

from __future__ import annotations

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
