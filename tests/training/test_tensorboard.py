"""What the TensorBoard callback writes, told by a stub of its writer."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.recipes import Recipe
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.events import Alarm
from glyphlab.training.tensorboard import TensorBoard

RECIPE = Recipe.for_model(
    "mlp",
    TaskRecipe(name="single", generalization_grid=0),
    overrides=['model.layers=["dense 4"]', "training.epochs=2", "training.precision=float32"],
)


class Writer:
    """Keeps what `torch.utils.tensorboard.SummaryWriter` would write."""

    written: list[tuple[Any, ...]]

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def add_scalar(self, *given: Any) -> None:
        self.written.append(("scalar", self.folder, *given))

    def add_text(self, *given: Any) -> None:
        self.written.append(("text", self.folder, *given))

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.written.append(("closed", self.folder))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    stub = ModuleType("torch.utils.tensorboard")
    stub.SummaryWriter = Writer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, stub.__name__, stub)
    monkeypatch.setattr(Writer, "written", [], raising=False)
    return Writer.written


def test_every_number_of_an_epoch_is_a_curve(
    written: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    board = TensorBoard(tmp_path / "logs")
    run = train(RECIPE, tmp_path / "runs", quiet=True, callbacks=[board])
    folder = str(tmp_path / "logs" / run.name)
    curve = [one[3:] for one in written if one[:3] == ("scalar", folder, "val_exact_match")]
    assert curve == [(row["val_exact_match"], row["epoch"]) for row in run.metrics()]
    assert {one[2] for one in written if one[0] == "scalar"} >= {"loss", "accuracy", "seconds"}
    assert written[-1] == ("closed", folder)
    board(Alarm(run, "mode collapse", 3, "one kind"))
    assert written[-1] == ("text", folder, "alarm", "mode collapse: one kind", 3)


def test_a_finished_run_leaves_nothing(written: list[tuple[Any, ...]], tmp_path: Path) -> None:
    train(RECIPE, tmp_path, quiet=True)
    train(RECIPE, tmp_path, quiet=True, callbacks=[TensorBoard(tmp_path / "logs")])
    assert not written
    assert not (tmp_path / "logs").exists()


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match=r"pip install 'glyphlab\[tensorboard\]'"):
        TensorBoard(tmp_path)
