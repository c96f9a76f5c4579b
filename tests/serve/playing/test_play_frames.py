"""Frames of a training: what its checkpoints and its end hold, whoever reads them meanwhile."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import RunError
from glyphlab.runs import Run
from glyphlab.serve.playing.play_choices import PlayChoice, play_recipe
from glyphlab.serve.playing.play_data import SHOWN
from glyphlab.serve.playing.play_frames import KERNELS, FrameMaker, PlayFrame
from glyphlab.serve.playing.watched_trainings import WatchedTraining, watched
from glyphlab.training import train
from glyphlab.training.checkpoint import CHECKPOINT
from glyphlab.training.events import Epoch, Event

CHOICE = PlayChoice(width=20, epochs=3, images=100)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[PlayFrame], Path]:
    """A run, the frames that were made after each of its epochs, and its last checkpoint."""
    root = tmp_path_factory.mktemp("runs")
    frames: list[PlayFrame] = []

    def listen(event: Event) -> None:
        if isinstance(event, Epoch):
            maker = FrameMaker(event.run.path)
            last = frames[-1].epoch if frames else 0
            found = maker.of_checkpoint(last)
            assert found is not None
            frames.append(found)
            assert maker.of_checkpoint(found.epoch) is None
            shutil.copy(event.run.path / CHECKPOINT, root / "kept")

    run = train(play_recipe(CHOICE), root, quiet=True, callbacks=[listen])
    return run, frames, root / "kept"


def test_each_epoch_has_a_frame(trained: tuple[Run, list[PlayFrame], Path]) -> None:
    run, frames, _ = trained
    assert [one.epoch for one in frames] == [1, 2, 3]
    for frame, row in zip(frames, run.metrics(), strict=True):
        share = 1 - len(frame.wrong) / len(frame.predicted)
        assert share == pytest.approx(row["val_exact_match"])
    assert not np.array_equal(frames[0].kernels, frames[2].kernels)


def test_a_finished_run_has_the_frame_of_its_best_epoch(
    trained: tuple[Run, list[PlayFrame], Path],
) -> None:
    run, frames, _ = trained
    found = FrameMaker(run.path).of_finished()
    assert found.epoch == run.summary.best_epoch
    there = frames[found.epoch - 1]
    assert found.wrong == there.wrong
    np.testing.assert_array_equal(found.kernels, there.kernels)


def test_what_a_page_gets_of_a_frame(trained: tuple[Run, list[PlayFrame], Path]) -> None:
    said = trained[1][0].to_json()
    kernels = said["kernels"]
    steps = np.frombuffer(base64.b64decode(kernels["steps"]), np.int8)
    assert (kernels["count"], kernels["height"], kernels["width"]) == (KERNELS, 5, 5)
    assert steps.size == KERNELS * 25
    assert abs(steps.astype(int)).max() == 127
    assert len(said["predicted"]) == len(said["confidence"]) == SHOWN
    assert all(0 <= one < SHOWN for one in said["shown_wrong"])
    assert said["of"] == 239


def test_a_dense_layer_is_shown_as_large_as_the_image() -> None:
    from glyphlab.serve.playing.play_frames import _first_layer
    from glyphlab.training.initial_net import make_net
    from glyphlab.training.targets import strategy_for

    recipe = play_recipe(PlayChoice(net="dense", width=4))
    from glyphlab.serve.playing.play_data import play_data

    net = make_net(recipe, strategy_for(recipe, play_data(recipe.task).task), 28, 28)
    assert _first_layer(net, 28, 28).shape == (4, 28, 28)


def test_a_watcher_keeps_the_end_of_a_finished_run(
    trained: tuple[Run, list[PlayFrame], Path],
) -> None:
    run = trained[0]
    looked = watched(run.path)
    assert watched(run.path) is looked
    looked.watch()
    assert looked._thread is not None
    looked._thread.join(20)
    assert [one.epoch for one in looked.frames()] == [run.summary.best_epoch]
    assert looked.frames(after=99) == []
    assert looked.problem == ""
    looked.forget()
    assert looked.frames() == []


def test_a_damaged_checkpoint_is_said(
    trained: tuple[Run, list[PlayFrame], Path], tmp_path: Path
) -> None:
    run, _, kept = trained
    folder = tmp_path / run.name
    shutil.copytree(run.path, folder)
    (folder / "done").unlink()
    shutil.copy(kept, folder / CHECKPOINT)
    assert FrameMaker(folder).of_checkpoint(2) is not None
    (folder / CHECKPOINT).write_bytes(b"no tensors")
    with pytest.raises(RunError):
        FrameMaker(folder).of_checkpoint(0)
    looked = WatchedTraining(folder)
    looked.watch()
    assert looked._thread is not None
    looked._thread.join(20)
    assert CHECKPOINT in looked.problem


def test_a_run_that_goes_meanwhile_is_no_problem(tmp_path: Path) -> None:
    looked = WatchedTraining(tmp_path / "gone")
    looked.watch()
    assert looked._thread is not None
    looked._thread.join(20)
    assert looked.problem == ""
    assert not looked.is_looking
