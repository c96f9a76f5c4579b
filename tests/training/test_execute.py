"""From a recipe to a run folder that may die at any instant."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import (
    GlyphlabError,
    RecipeError,
    RunError,
    RunLocked,
    TrainingDiverged,
)
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.runs.run import WRITTEN
from glyphlab.tasks import Split, Task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import predict, train
from glyphlab.training.events import Epoch, Event
from glyphlab.training.identity import identified
from glyphlab.training.trainers.gradient import trainer as gradient

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = {
    "task": {"per_label": 1, "generalization_grid": 0},
    "model": {"channels": 2},
    "training": {
        "epochs": 2, "batch_size": 16, "precision": "float32", "augment": "roll", "device": "cpu",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def task() -> Task:
    whole = load_recipe_task(TaskRecipe(per_label=1))

    def part(split: Split, count: int) -> Split:
        arrays = (split.images, split.labels, split.symbols, split.glyph_ids)
        return Split(*(array[:count] for array in arrays))

    fewer = dataclasses.replace(
        whole, train=part(whole.train, 48), val=part(whole.val, 12), test=part(whole.test, 30)
    )
    return fewer.described(whole.recipe)


def recipe(**training: Any) -> Recipe:
    return Recipe.from_mapping(
        {**SETTINGS, "training": {**SETTINGS["training"], **training}}  # type: ignore[dict-item]
    )


def bits(run: Run) -> dict[str, bytes]:
    return {
        name: (run.path / name).read_bytes() for name in ("model.safetensors", "predictions.npz")
    }


def untimed(run: Run) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in run.metrics()]


@pytest.fixture(scope="module")
def undisturbed(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(recipe(), tmp_path_factory.mktemp("runs"), task=task, quiet=True)


def test_every_file_of_a_run_is_known_to_its_lock(undisturbed: Run) -> None:
    found = {file.name for file in undisturbed.path.iterdir()}
    assert found - {"metrics.jsonl"} <= set(WRITTEN)


@pytest.mark.parametrize("change", [{"symbols": 2}, {"symbols": 10**6}])
def test_a_model_that_does_not_fit_its_summary(
    undisturbed: Run, change: dict[str, int], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(undisturbed.path, tmp_path / undisturbed.name))
    document = json.loads((folder / "summary.json").read_text())
    state = {**document["strategy_state"], **change}
    (folder / "summary.json").write_text(json.dumps({**document, "strategy_state": state}))
    image = tmp_path / "image.png"
    Image.new("L", (state["width"], state["height"])).save(image)
    with pytest.raises(RunError, match="glyphlab runs rm") as caught:
        predict(folder, [image])
    assert "\n" not in str(caught.value)


def test_a_run_says_what_it_is(undisturbed: Run, task: Task) -> None:
    summary, arrays = undisturbed.summary, undisturbed.load_predictions()
    assert summary.strategy == "aligned"
    assert summary.epochs_run == len(undisturbed.metrics()) == 2
    assert summary.metrics.exact_match == (arrays["pred"] == arrays["true"]).all(1).mean()
    assert summary.protocol.data == task.protocol
    assert summary.generalization_grid is None
    np.testing.assert_array_equal(arrays["true"], task.test.labels)
    chosen = arrays["sample_index"]
    np.testing.assert_array_equal(arrays["sample_images"], task.test.images[chosen])
    wrong = (arrays["pred"] != arrays["true"]).any(1)
    assert wrong[chosen[arrays["sample_kind"] == 1]].all()
    assert undisturbed.is_done
    assert not (undisturbed.path / "checkpoint.safetensors").exists()


@pytest.mark.usefixtures("notes")
def test_finished_run_is_not_trained_again(
    undisturbed: Run,
    task: Task,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(gradient, "_fit", None)
    again = train(recipe(), undisturbed.path.parent, task=task, quiet=True)
    assert again.path == undisturbed.path
    assert "not trained again" in capsys.readouterr().err


def test_who_listens_to_the_epochs_may_end_the_training(
    task: Task, undisturbed: Run, tmp_path: Path
) -> None:
    heard: list[int] = []

    def hear(event: Event) -> None:
        if isinstance(event, Epoch):
            heard.append(event.row["epoch"])
            if heard == [1]:
                raise Dead

    with pytest.raises(Dead):
        train(recipe(), tmp_path, task=task, quiet=True, callbacks=[hear])
    run = train(recipe(), tmp_path, task=task, quiet=True, callbacks=[hear])
    assert heard == [1, 1, 2]  # taken up behind the first epoch, which is told again
    assert bits(run) == bits(undisturbed)


def test_run_that_another_process_finished_meanwhile(
    task: Task, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient, "_fit", None)
    monkeypatch.setattr(Run, "is_done", property(lambda _: True))
    train(recipe(), tmp_path, task=task, quiet=True)


def test_same_recipe_same_bits_other_seed_other_bits(
    task: Task, undisturbed: Run, tmp_path: Path
) -> None:
    assert bits(train(recipe(), tmp_path, task=task, quiet=True)) == bits(undisturbed)
    other = Recipe.from_mapping({**recipe().model_dump(), "seed": 1})
    run = train(other, tmp_path, task=task, quiet=True)
    assert run.path != undisturbed.path
    assert bits(run) != bits(undisturbed)


class Dead(BaseException):
    pass


def test_full_disk_at_every_file(
    task: Task, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th file does not fit: one line is said, and what is there is whole."""
    for number in range(100):
        root = tmp_path / str(number)
        real, count = os.fsync, [0]

        def full(handle: int, number: int = number, real: Any = real, count: Any = count) -> None:
            count[0] += 1
            if count[0] == number + 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(handle)

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            try:
                train(recipe(), root, task=task, quiet=True, checkpoint_seconds=0.0)
            except GlyphlabError as error:
                assert "the disk is full" in str(error)  # noqa: PT017
                assert "\n" not in str(error)  # noqa: PT017
            else:
                break
        assert not [path for path in root.rglob("*") if path.name.endswith(".tmp")]
        assert not list(root.glob("*/done"))
        assert bits(train(recipe(), root, task=task, quiet=True)) == bits(undisturbed)
    assert number > 8  # env, recipe, checkpoints, metrics, weights, predictions, summary, done


def test_interrupted_between_training_and_the_end(
    task: Task, undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("save_tensors", "save_predictions", "finish"):
        with monkeypatch.context() as patch:

            def die(*args: Any, **kwargs: Any) -> None:
                raise Dead

            patch.setattr(Run, place, die)
            with pytest.raises(Dead):
                train(recipe(), tmp_path / place, task=task, quiet=True)
        run = train(recipe(), tmp_path / place, task=task, quiet=True)
        assert bits(run) == bits(undisturbed)
        assert untimed(run) == untimed(undisturbed)


def test_two_at_once(task: Task, tmp_path: Path) -> None:
    chosen = recipe()
    run = identified(chosen, tmp_path, task=task).open_run(tmp_path)
    with run.lock(), pytest.raises(RunLocked, match=f"process {os.getpid()}"):
        train(chosen, tmp_path, task=task, quiet=True)
    assert train(chosen, tmp_path, task=task, quiet=True).is_done


def test_loss_that_is_no_number_leaves_nothing_half_done(task: Task, tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged) as caught:
        train(recipe(learning_rate=1e38), tmp_path, task=task, quiet=True)
    assert caught.value.exit_code == 1
    (folder,) = tmp_path.iterdir()
    names = {path.name for path in folder.iterdir()}
    assert names <= {"recipe.json", "env.json", "metrics.jsonl", "checkpoint.safetensors"}


def test_held_out_images_are_not_trained_on(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, Any] = {}
    real = gradient.fit_net

    def spy(net: Any, strategy: Any, pictures: Any, settings: Any, **kwargs: Any) -> Any:
        seen["train"] = pictures(0)
        seen["val"] = kwargs["validation"]
        return real(net, strategy, pictures, settings, **kwargs)

    monkeypatch.setattr(gradient, "fit_net", spy)
    run = train(recipe(validation_fraction=0.25), tmp_path, task=task, quiet=True)
    images, labels = seen["train"]
    held, held_labels = seen["val"]
    assert (len(images), len(labels), len(held_labels)) == (36, 36, 12)
    both = np.concatenate([images, held.images.numpy()])
    assert sorted(map(bytes, both)) == sorted(map(bytes, task.train.images))
    assert "25% of the training images held out" in run.summary.protocol.text


def test_another_share_of_validation_glyphs_is_named(task: Task, tmp_path: Path) -> None:
    other = TaskRecipe(per_label=1, generalization_grid=0, validation_glyph_fraction=0.05)
    one = recipe(epochs=1, short_canvas=1.0).model_copy(update={"task": other})
    with pytest.raises(
        RecipeError, match=r"task.validation_glyph_fraction is 0.05 there and None here"
    ):
        train(one, tmp_path, task=task, quiet=True)
    said = train(one, tmp_path, task=task.described(other), quiet=True).summary.protocol.text
    assert "5.0% of the training glyphs held out for validation" in said
    assert "every epoch on a shortened canvas" in said


def test_generalization_grid_is_scored(task: Task, tmp_path: Path) -> None:
    chosen = Recipe.from_mapping(
        {**recipe(epochs=1).model_dump(), "task": {"per_label": 1, "generalization_grid": 5}}
    )
    run = train(chosen, tmp_path, task=task, quiet=True)
    grid, arrays = run.summary.generalization_grid, run.load_predictions()
    assert set(grid) == {f"{a}/{b}" for a in ("seen", "unseen") for b in ("seen", "unseen")}
    for cell, share in grid.items():
        labels, glyphs = cell.split("/")
        pred, true = (
            arrays[f"generalization_grid_{labels}_{glyphs}_{side}"] for side in ("pred", "true")
        )
        assert share == (pred == true).all(1).mean()


def test_sums_are_read_whole(tmp_path: Path) -> None:
    chosen = Recipe.from_mapping(
        {
            **recipe().model_dump(),
            "task": {"name": "addition", "per_label": 1, "generalization_grid": 0},
        }
    )
    with pytest.raises(RecipeError, match="choose 'whole', 'sum' or 'sequential'"):
        train(chosen, tmp_path, quiet=True)


CHILD = (
    "import sys; from pathlib import Path; "
    "from glyphlab.recipes import Recipe; from glyphlab.training import train; "
    "train(Recipe.from_toml(Path(sys.argv[1])), Path(sys.argv[2]), quiet=True, "
    "checkpoint_seconds=0.02)"
)
TOML = """
[task]
per_label = 1
generalization_grid = 0
[model]
channels = 2
[training]
epochs = 4
batch_size = 64
precision = "float32"
augment = "none"
device = "cpu"
"""


@pytest.mark.slow
@pytest.mark.long
def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Three SIGKILLs in one run, which then ends in the bits of the undisturbed one."""
    path = tmp_path / "tiny.toml"
    path.write_text(TOML)
    chosen = Recipe.from_toml(path)
    began = time.monotonic()
    whole = train(chosen, tmp_path / "whole", quiet=True)
    length = time.monotonic() - began
    moments, root, killed = random.Random(0), tmp_path / "killed", 0
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(root)],
            env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while process.poll() is None and not any(root.glob(".*.lock")):
                time.sleep(0.002)
            time.sleep(moments.uniform(0, length / 3))
        finally:
            process.send_signal(signal.SIGKILL)
        killed += process.wait(30) == -signal.SIGKILL
    assert killed >= 1
    run = train(chosen, root, quiet=True)
    assert bits(run) == bits(whole)
    assert untimed(run) == untimed(whole)
    assert not list(root.rglob("*.tmp"))


def test_a_net_of_layers_trains_from_a_recipe(task: Task, tmp_path: Path) -> None:
    said = recipe(optimizer="nadam", l2=1e-3, augment="columns", learning_rate=1e-3).model_dump()
    words = ["conv 4 3", "pool 4", "dropout 0.3", "dense 12"]
    said["model"] = {
        "strategy": "multihead", "net": "layers", "layers": words, "activation": "tanh",
    }  # fmt: skip
    run = train(Recipe.from_mapping(said), tmp_path, task=task, quiet=True)
    assert run.summary.net == "layers"
    assert Recipe.from_mapping(run.recipe).model.layers == tuple(words)
    picture = tmp_path / "test.png"
    Image.fromarray(task.test.images[0]).save(picture)
    (read,) = predict(run.path, [picture], as_is=True)
    np.testing.assert_array_equal(read["symbols"], run.load_predictions()["pred"][0])


def test_sums_have_more_values_than_symbols(tmp_path: Path) -> None:
    content = {
        "task": {"name": "addition", "per_label": 4, "generalization_grid": 0},
        "model": {"strategy": "whole", "channels": 2},
        "training": {"epochs": 1, "augment": "none", "precision": "float32"},
    }
    run = train(Recipe.from_mapping(content), tmp_path, quiet=True)
    assert len(run.summary.metrics.digit_accuracy) == 19
    assert run.load_predictions()["true"].max() <= 18
