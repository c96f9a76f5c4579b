"""What a training runs on: resolved once, kept on resume, said where it cannot be kept."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import safe_open
from safetensors.torch import save_file

from glyphlab._common.errors import UnknownName
from glyphlab.backends import reason_against
from glyphlab.models.nets.base import WithoutDropout
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.runs.engine import Engine
from glyphlab.tasks import Task, load_recipe_task, load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import engine_choice as engine_module
from glyphlab.training import train
from glyphlab.training.checkpoint import recorded_engine
from glyphlab.training.engine_choice import engine_for, engines_sentence
from glyphlab.training.events import Epoch, Event, Note
from glyphlab.training.trainers.gradient import trainer as gradient
from glyphlab.training.trainers.gradient.estimated_classes.estimate import FILE as CLASSES
from glyphlab.training.trainers.gradient.restarts import FILE

pytestmark = pytest.mark.usefixtures("one_thread")

BEGUN = Engine("cpu", "bfloat16", 1, "torch")


class Killed(BaseException):
    """Nothing in the project catches this."""


def test_where_nothing_was_begun_it_is_resolved() -> None:
    assert engine_for("cpu", "float32") == Engine("cpu", "float32", 1, "torch")
    net = WithoutDropout()
    net.shardable = True
    found = engine_for("cpu", "float32", net)
    assert found.backend == ("torch" if reason_against() else "numba")
    assert engine_for("cpu", "bfloat16", net).backend == "torch"
    with pytest.raises(UnknownName, match="unknown device on this machine 'gpu'"):
        engine_for("gpu", "float32")


@pytest.mark.usefixtures("notes")
def test_what_was_begun_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # 'auto' would now take it
    assert engine_for("auto", "float32", begun=BEGUN) == BEGUN
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("notes")
def test_a_device_that_is_gone_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    begun = dataclasses.replace(BEGUN, device="cuda")
    assert engine_for("cuda", "auto", begun=begun) == BEGUN
    (line,) = capsys.readouterr().err.splitlines()
    assert "started on cuda, which this machine does not have: continues on the CPU" in line


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(("cores", "said"), [(1, True), (3, True), (4, False), (8, False)])
def test_fewer_cores_are_said(
    cores: int,
    said: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "usable_cores", lambda: cores)
    begun = dataclasses.replace(BEGUN, threads=4)
    assert engine_for("cpu", "auto", begun=begun) == begun
    err = capsys.readouterr().err
    assert (
        f"started on 4 threads, and continues with the same number on {cores} core" in err
    ) == said


@pytest.mark.usefixtures("notes")
def test_other_loops_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    begun = dataclasses.replace(BEGUN, backend="numba")
    assert engine_for("cpu", "auto", begun=begun) == BEGUN
    assert "started with numba and continues with torch" in capsys.readouterr().err


def test_threads_are_set_in_the_block_alone() -> None:
    def broken() -> None:
        with dataclasses.replace(BEGUN, threads=2).in_force():
            assert torch.get_num_threads() == 2
            raise Killed

    with pytest.raises(Killed):
        broken()
    assert torch.get_num_threads() == 1


def test_in_words_and_back() -> None:
    assert str(BEGUN) == "cpu in bfloat16, 1 thread, torch"
    assert str(Engine("cuda", "float32", 2, "torch")) == "cuda in float32, 2 threads, torch"
    written = dataclasses.asdict(BEGUN)
    assert TypeAdapter(Engine).validate_json(json.dumps(written)) == BEGUN
    older: list[Any] = [None, {}, "torch", {"scikit-learn": "1.8.0"}]
    for content in older:
        with pytest.raises(ValidationError):
            TypeAdapter(Engine).validate_json(json.dumps(content))


def test_the_sentence() -> None:
    assert engines_sentence({}) == ""
    assert engines_sentence({"a": ["x"], "b": ["x"]}) == ""
    assert engines_sentence({"a": ["x"], "b": ["x", "y"], "c": ["y"]}) == (
        "Trained on several engines: a, b on x; b, c on y."
    )


# whole runs

TASK = TaskRecipe(per_label=1, generalization_grid=0)


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task("triple", per_label=1, offline=True)


def recipe(**training: Any) -> Recipe:
    content = {
        "task": TASK.model_dump(),
        "model": {"channels": 4},
        "training": {
            "epochs": 2, "device": "cpu", "precision": "float32", "augment": "none",
            "batch_size": 512, **training,
        },
    }  # fmt: skip
    return Recipe.from_mapping(content)


def bits(run: Run) -> list[bytes]:
    return [(run.path / name).read_bytes() for name in ("model.safetensors", "predictions.npz")]


def killed_after_the_first_epoch(chosen: Recipe, task: Task, root: Path) -> Path:
    def hear(event: Event) -> None:
        if isinstance(event, Epoch):
            raise Killed

    with pytest.raises(Killed):
        train(chosen, root, task=task, quiet=True, callbacks=[hear])
    (folder,) = root.iterdir()
    return folder


@pytest.mark.parametrize("restarts", [1, 2])
def test_a_run_ends_in_the_same_bits_on_other_threads(
    restarts: int, task: Task, tmp_path: Path
) -> None:
    chosen = recipe(restarts=restarts)
    whole = train(chosen, tmp_path / "whole", task=task, quiet=True)
    assert whole.summary.engine == Engine("cpu", "float32", 1, "torch")
    folder = killed_after_the_first_epoch(chosen, task, tmp_path / "killed")
    assert recorded_engine(folder / "checkpoint.safetensors") == whole.summary.engine
    if restarts > 1:  # what it began from is there, its first checkpoint is not yet
        assert (folder / FILE).exists()
        (folder / "checkpoint.safetensors").unlink()
    torch.set_num_threads(2)
    try:
        resumed = train(chosen, tmp_path / "killed", task=task, quiet=True)
        assert torch.get_num_threads() == 2
        other = train(chosen, tmp_path / "other", task=task, quiet=True)
    finally:
        torch.set_num_threads(1)
    assert bits(resumed) == bits(whole)
    assert resumed.summary.engine == whole.summary.engine
    assert bits(other) != bits(whole), "sums are not split here: the test shows nothing"
    assert other.summary.engine.threads == 2


@pytest.mark.usefixtures("notes")
def test_a_run_whose_device_is_gone_goes_on(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the recipe itself asks for the device."""
    real = gradient.engine_for
    chosen = recipe(device="cuda")
    with monkeypatch.context() as patch:
        patch.setattr(gradient, "engine_for", lambda _device, *rest: real("cpu", *rest))
        folder = killed_after_the_first_epoch(chosen, task, tmp_path)
    path = folder / "checkpoint.safetensors"
    with safe_open(path, framework="pt") as file:
        position = json.loads(file.metadata()["state"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    position["engine"]["device"] = "cuda"
    save_file(tensors, path, {"state": json.dumps(position)})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    run = train(chosen, tmp_path, task=task, quiet=True)
    assert run.summary.engine.device == "cpu"
    assert "started on cuda, which this machine does not have" in capsys.readouterr().err


SUMS = Recipe.from_mapping(
    {
        "task": {"name": "addition", "images": 300, "generalization_grid": 0},
        "model": {"strategy": "sum", "net": "layers", "layers": ["dense 6"]},
        "training": {
            "epochs": 2, "device": "cpu", "precision": "float32", "augment": "none",
            "estimate_classes": 1,
        },
    }
)  # fmt: skip


@pytest.mark.parametrize("file", [FILE, CLASSES])
@pytest.mark.parametrize("begun", [{"device": "cuda"}, {"backend": "numba"}])
def test_what_was_done_first_goes_on_with_the_engine_of_this_machine(
    file: str, begun: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was left was done on a GPU, or by compiled loops, and here there are none."""
    chosen = recipe(restarts=2) if file == FILE else SUMS
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("GLYPHLAB_BACKEND", "torch")
    folder = killed_after_the_first_epoch(chosen, load_recipe_task(chosen.task), tmp_path)
    (folder / "checkpoint.safetensors").unlink()
    with safe_open(folder / file, framework="pt") as opened:
        state = json.loads(opened.metadata()["state"])
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    state["engine"] |= begun
    save_file(tensors, folder / file, {"state": json.dumps(state)})
    run = train(chosen, tmp_path, quiet=True)
    assert run.summary.engine == Engine("cpu", "float32", 1, "torch")
    assert run.classifier_summary.sharded is False


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("quiet", [True, False])
def test_lower_precision_is_said_also_where_progress_is_not(
    quiet: bool, task: Task, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[Event] = []
    chosen = recipe(precision="bfloat16", epochs=1, restarts=2)
    train(chosen, tmp_path, task=task, quiet=quiet, callbacks=[heard.append])
    texts = [one.text for one in heard if isinstance(one, Note)]
    err = capsys.readouterr().err
    for words, said in (("nets multiply in bfloat16", True), ("trained 2 nets", not quiet)):
        assert [words in text for text in texts].count(True) == 1
        assert (words in err) is said
