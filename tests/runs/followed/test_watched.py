"""The runs of a folder, listed again and again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from glyphlab._common.errors import UnknownName
from glyphlab.runs import Run, list_runs
from glyphlab.runs.followed import watched
from glyphlab.runs.followed.watched import WatchedRuns
from glyphlab.runs.followed.wishes import hide
from trained import digits_run


@pytest.fixture
def runs(tmp_path: Path) -> WatchedRuns:
    shutil.copytree(digits_run().path, tmp_path / digits_run().name)
    Run.open(tmp_path, "single-new-s3", {"seed": 3, "name": "new", "task": {"name": "single"}})
    return WatchedRuns(tmp_path)


def test_it_lists_what_the_command_lists(runs: WatchedRuns) -> None:
    found = list(runs.all().runs.values())
    assert found == list_runs(runs.root)
    assert [info.state for info in found] == ["done", "interrupted"]
    done, new = found
    assert (done.task, done.model, done.seed, done.kind) == ("single", "digits", 0, "classifier")
    assert done.epochs_planned == done.epochs == 5
    assert (new.task, new.model, new.seed, new.group is None) == ("single", "new", 3, False)


def test_what_did_not_change_is_not_read_again(
    runs: WatchedRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = runs.all().runs
    read: list[str] = []
    look = watched.run_info
    monkeypatch.setattr(
        watched, "run_info", lambda folder, **how: read.append(folder.name) or look(folder, **how)
    )
    monkeypatch.setattr(watched, "_SETTLED", 0.0)
    runs.changed()
    assert all(info is before[name] for name, info in runs.all().runs.items())
    assert read == []
    (name,) = (name for name in before if "-new-" in name)
    Run(runs.root / name, {}).append({"epoch": 1, "loss": 0.5})
    runs.changed()
    after = runs.all().runs
    assert read == [name]
    assert after[name].epochs == 1
    with Run(runs.root / name, {}).lock():
        runs.changed()
        assert runs.all().runs[name].state == "running"
    shutil.rmtree(runs.root / name)
    runs.changed()
    assert name not in runs.all().runs


def test_a_moment_later_it_is_the_same_list(runs: WatchedRuns) -> None:
    assert runs.all() is runs.all()


def test_hidden_runs_are_named(runs: WatchedRuns) -> None:
    name = digits_run().name
    hide(runs.root / name, hidden=True)
    assert runs.all().hidden == {name}
    assert runs.one(name)[1]
    hide(runs.root / name, hidden=False)
    runs.changed()
    assert runs.all().hidden == frozenset()


@pytest.mark.parametrize("name", ["linked", "n" * 230])
def test_a_hidden_run_is_named_whatever_its_folder_is_called(
    name: str, runs: WatchedRuns, tmp_path: Path
) -> None:
    of = runs.root / runs.names()[0]
    if name == "linked":
        (tmp_path / "elsewhere").mkdir()
        of = of.rename(tmp_path / "elsewhere" / "run")
        (runs.root / name).symlink_to(of, target_is_directory=True)
    else:
        of.rename(runs.root / name)
    hide(runs.root / name, hidden=True)
    runs.changed()
    assert runs.all().hidden == {name}


def test_no_other_path_is_found(runs: WatchedRuns, tmp_path: Path) -> None:
    assert runs.find(digits_run().name) == tmp_path / digits_run().name
    for name in ("..", "", str(tmp_path / digits_run().name), f"./{digits_run().name}"):
        with pytest.raises(UnknownName):
            runs.find(name)


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert not WatchedRuns(tmp_path / "nowhere").all().runs


def test_a_generators_epochs_are_counted_from_its_images(tmp_path: Path) -> None:
    for name, training, planned in (
        ("a", {"images": 3_000, "epoch_images": 1_400}, 3),
        ("b", {"images": 3_000, "epoch_images": None}, None),
        ("c", {"epochs": 7}, 7),
        ("d", "nothing", None),
    ):
        run = Run.open(tmp_path, name, {"seed": 0, "training": training})
        assert WatchedRuns(tmp_path).one(run.name)[0].epochs_planned == planned
