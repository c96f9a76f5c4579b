"""What is promised of workers that die, lack something or fail."""

from __future__ import annotations

import dataclasses
import errno
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from glyphlab._common.errors import (
    DataMissing,
    GlyphlabError,
    RecipeError,
    RunError,
    RunLocked,
    TrainingDiverged,
    WorkerError,
)
from glyphlab.recipes import BaseRecipe, GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.tasks import load_task
from glyphlab.training.events import Done, Epoch, Event, Group
from glyphlab.training.executors import dispatch
from glyphlab.training.executors.base import Lost
from glyphlab.training.executors.job import Answer, Job, own_environment
from glyphlab.training.executors.worker import answer_to
from glyphlab.training.train_many import train, train_many
from in_threads import InThreads, net, same_bytes

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of seeds 0 and 1, trained without an executor."""
    root = tmp_path_factory.mktemp("alone")
    [*train_many([net(0), net(1)], root, quiet=True)]
    return root


def test_the_runs_and_the_events_are_those_of_one_process(alone: Path, tmp_path: Path) -> None:
    heard: list[Event] = []
    with InThreads():
        runs = [*train_many([net(0), net(1)], tmp_path, quiet=True, callbacks=[heard.append])]
        again = [*train_many([net(0), net(1)], tmp_path, quiet=True)]
    same_bytes(alone, tmp_path)
    assert [run.name for run in runs if isinstance(run, Run)] == [run.name for run in again]
    assert [one.numbers for one in heard if isinstance(one, Group)] == [(0,), (1,)]
    epochs = [(one.run.name, one.row["epoch"]) for one in heard if isinstance(one, Epoch)]
    assert sorted(epochs) == sorted((run.name, n) for run in again for n in (1, 2))
    assert len([one for one in heard if isinstance(one, Done)]) == 2
    assert not [*tmp_path.glob(".driver-*")]


def test_a_finished_run_is_sent_to_nobody(alone: Path) -> None:
    workers = InThreads()
    runs = [*train_many([net(0), net(1)], alone, quiet=True, executor=workers)]
    assert len(runs) == 2
    assert workers.given == []


@pytest.mark.usefixtures("notes")
def test_a_worker_that_dies_is_replaced_three_times(
    alone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def dies(number: int, _node: str, _job: Job) -> None:
        if number < 3:
            raise Lost("ended by SIGKILL")

    workers = InThreads(before=dies)
    train(net(0), tmp_path, quiet=True, executor=workers)
    assert len(workers.given) == 4
    assert (
        "ended by SIGKILL; goes on from the checkpoint (3 of 3 retries)" in capsys.readouterr().err
    )
    same_bytes(tmp_path, alone)


def test_the_fourth_death_ends_it_and_loses_nothing(tmp_path: Path) -> None:
    def dies(_number: int, _node: str, job: Job) -> None:
        if job.recipes[0]["seed"] == 1:
            raise Lost("ended by SIGKILL")

    found = train_many([net(0), net(1)], tmp_path, quiet=True, executor=InThreads(1, before=dies))
    assert isinstance(next(found), Run)
    with pytest.raises(WorkerError, match=r"4 workers died on it.*the same command resumes it"):
        next(found)
    assert len([*tmp_path.glob("*/done")]) == 1


def test_our_own_errors_are_never_tried_again(tmp_path: Path) -> None:
    workers = InThreads(1, nodes=("a", "b"))
    recipes = [net(0, learning_rate=1e30), net(1, validation_fraction=0.9999), net(2)]
    found = [*train_many(recipes, tmp_path, quiet=True, executor=workers, keep_going=True)]
    assert [type(one) for one in found] == [TrainingDiverged, RecipeError, Run]
    assert len(workers.given) == 3
    with pytest.raises(TrainingDiverged, match=r"lower training\.learning_rate"):
        [*train_many(recipes, tmp_path, quiet=True, executor=workers)]


def lacking(**changes: object) -> Callable[[int, str, Job], Answer | None]:
    """Return what happens on node a alone: the job is another there."""

    def before(_number: int, node: str, job: Job) -> Answer | None:
        return answer_to(dataclasses.replace(job, **changes), node) if node == "a" else None

    return before


OTHER = {**own_environment(), "torch": "1.0", "commit": "0" * 40}


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"environment": OTHER}, WorkerError, r"has .*torch .*, and this command .*torch 1\.0"),
        ({"driver": ".driver-none"}, RunError, "is not the folder of runs .* what is finished is"),
        ({"folder": "/nowhere/at/all"}, RunError, "/nowhere/at/all is not there"),
    ],
)
@pytest.mark.usefixtures("notes")
def test_what_one_node_lacks_is_tried_once_on_another(
    changes: dict[str, object],
    kind: type[GlyphlabError],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workers = InThreads(nodes=("a", "b"), before=lacking(**changes))
    train(net(0, epochs=1), tmp_path, quiet=True, executor=workers)
    assert [node for _, node in workers.given] == ["a", "b"]
    assert "not on node a" in capsys.readouterr().err
    only = InThreads(nodes=("a",), before=lacking(**changes))
    with pytest.raises(kind, match=rf"on node a: .*{said}"):
        train(net(1, epochs=1), tmp_path, quiet=True, executor=only)
    assert len(only.given) == 2


def test_data_that_a_node_lacks_end_with_their_own_error(tmp_path: Path) -> None:
    missing = Answer("a", unfit=True, error="DataMissing", message="mnist is not on this machine")
    workers = InThreads(nodes=("a", "b"), before=lambda *_: missing)
    with pytest.raises(DataMissing, match="on node a: mnist is not on this machine") as caught:
        train(net(0), tmp_path, quiet=True, executor=workers)
    assert caught.value.exit_code == 5


def test_a_full_disk_of_one_node_is_no_end(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.Event()

    def finish(run: Run, summary: object) -> None:
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device", str(run.path))
        whole(run, summary)  # type: ignore[arg-type]

    whole = Run.finish
    monkeypatch.setattr(Run, "finish", finish)

    def before(_number: int, node: str, _job: Job) -> None:
        full.set() if node == "a" else full.clear()

    train(net(0), tmp_path, quiet=True, executor=InThreads(nodes=("a", "b"), before=before))
    same_bytes(tmp_path, alone)
    with pytest.raises(RunError, match="on node a: the disk is full"):
        train(net(1), tmp_path, quiet=True, executor=InThreads(nodes=("a",), before=before))


def test_a_lock_that_a_dead_worker_still_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = Answer("a", error="RunLocked", message="in use by process 1 on a")

    def before(number: int, _node: str, _job: Job) -> Answer | None:
        if number == 0:
            raise Lost("was on a node that died")
        return locked if number == 1 else None

    monkeypatch.setattr(dispatch, "WAIT", 0.05)
    train(net(0, epochs=1), tmp_path, quiet=True, executor=InThreads(before=before))
    with pytest.raises(RunLocked, match="in use by process 1"):
        train(net(1), tmp_path, quiet=True, executor=InThreads(before=lambda *_: locked))


def test_a_folder_that_is_not_shared_is_found_out(tmp_path: Path) -> None:
    def elsewhere(_number: int, node: str, job: Job) -> Answer:
        other = tmp_path / "other"
        other.mkdir()
        (other / job.driver).touch()
        return answer_to(dataclasses.replace(job, root=str(other)), node)

    workers = InThreads(nodes=("a",), before=elsewhere)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatch, "SEEN", 0.05)
        with pytest.raises(RunError, match=r"was finished on a, and is not here: .* share"):
            train(net(0, epochs=1), tmp_path / "runs", quiet=True, executor=workers)


def test_a_shared_folder_that_disappears_loses_nothing(alone: Path, tmp_path: Path) -> None:
    root, away = tmp_path / "runs", tmp_path / "away"
    train(net(1), root, quiet=True)

    def unmount(event: Event) -> None:
        if isinstance(event, Epoch) and not away.exists():
            root.rename(away)

    many = net(0, epochs=400)
    workers = InThreads(nodes=("a", "b"))
    with pytest.raises(RunError, match=r"on node b: .* is not the folder of runs .* is kept"):
        train(many, root, quiet=True, executor=workers, callbacks=[unmount])
    shutil.rmtree(root, ignore_errors=True)
    away.rename(root)
    assert len([*root.glob("*/done")]) == 1
    same_bytes(root, alone)
    (run,) = root.glob("single-*-s0-*")
    assert (run / "checkpoint.safetensors").exists()


def test_a_listener_that_raises_stops_the_training_behind_its_checkpoint(tmp_path: Path) -> None:
    def enough(event: Event) -> None:
        if isinstance(event, Epoch):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        train(net(0, epochs=500), tmp_path, quiet=True, executor=InThreads(), callbacks=[enough])
    (run,) = tmp_path.glob("single-*-s0-*")
    assert not (run / "done").exists()
    assert (run / "checkpoint.safetensors").exists()
    assert not [*tmp_path.glob(".*.stop")]


@pytest.mark.usefixtures("notes")
def test_what_nobody_can_make_again_trains_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = load_task("single", offline=True).with_train_images(60)
    other = task.with_train(task.train.take(task.train.symbols[:30, 0]), "mine")
    recipe = net(0, epochs=1)
    recipe = recipe.model_copy(update={"task": other.required_recipe()})
    workers = InThreads()
    train(recipe, tmp_path, task=other, quiet=True, executor=workers)
    assert workers.given == []
    assert "trains in this process: its training images" in capsys.readouterr().err


def test_a_fault_of_ours_is_seen_whole(tmp_path: Path) -> None:
    fault = Answer("a", fault="Traceback …\nZeroDivisionError")
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        train(net(0), tmp_path, quiet=True, executor=InThreads(before=lambda *_: fault))


@pytest.mark.parametrize(("recipe", "epochs"), [(net(0, epochs=7), 7), (GeneratorRecipe(), None)])
def test_how_many_epochs_there_will_be(
    recipe: BaseRecipe, epochs: int | None, tmp_path: Path
) -> None:
    run = recipe.open_run(tmp_path)
    heard: list[Event] = []
    flight = dispatch.Flight([0], [recipe])
    for number in (1, 2):
        run.append({"epoch": number})
        dispatch._follow(flight, tmp_path, heard.append)
    assert [(one.row["epoch"], one.epochs) for one in heard if isinstance(one, Epoch)] == [
        (1, epochs), (2, epochs),
    ]  # fmt: skip
