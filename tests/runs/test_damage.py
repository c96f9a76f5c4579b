"""Damaged runs: each is listed, is said in one line by whatever reads it, and can be removed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import GlyphlabError, RunError
from glyphlab.runs import Run, find_run, list_runs, remove_run
from glyphlab.runs.documents import parse_json, read_json
from glyphlab.runs.locks.lock import lock_of
from summaries import classifier_summary, generator_summary

STATES = {"done", "running", "interrupted", "other schema", "damaged"}
DEEP = b"[" * 100_000
LESS_DEEP = b'{"a":' * 60 + b"1" + b"}" * 60
FILES = ("recipe.json", "env.json", "summary.json", "metrics.jsonl", "predictions.npz")
NO_JSON = {
    "empty": b"",
    "cut": b'{"schema": 2, ',
    "null": b"null",
    "a list": b"[]",
    "no schema": b"{}",
    "schema of text": b'{"schema": "2"}',
    "not UTF-8": b'{"schema": 2, "name": "\xff\xfe"}',
    "half a character": b'{"schema": 2, "name": "\\ud800"}',
    "deep": DEEP,
    "less deep": LESS_DEEP,
    "a number of 5,000 digits": b'{"schema": ' + b"9" * 5_000 + b"}",
}


@pytest.fixture(scope="module", params=["classifier", "generator"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = Run.open(tmp_path_factory.mktemp("whole"), "a", {"seed": 0})
    for epoch in (1, 2):
        run.append({"epoch": epoch, "loss": 0.5, "val_loss": None, "classes": [1, 2]})
    if request.param == "classifier":
        labels = np.arange(12).reshape(4, 3) % 10
        run.save_predictions(true=labels, pred=labels, confidence=np.ones(4, np.float32))
        run.finish(classifier_summary(epochs_run=2))
    else:
        images = np.zeros((4, 8, 8), np.uint8)
        run.save_predictions(samples=images, asked=np.zeros((0, 0), int), nearest=images)
        run.finish(generator_summary(epochs_run=2))
    return run.path


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "runs" / whole.name))


def test_the_folder_of_a_run_may_be_text(run: Path) -> None:
    assert Run.load(str(run)).path == run


def read_all(folder: Path) -> None:
    """Read all that is in a run."""
    found = Run.load(folder)
    _ = found.summary, found.env, found.metrics(), found.load_predictions()


def is_damaged(folder: Path, file: str) -> str:
    """Insist that the damage is said in one line, and that the run can be removed."""
    with pytest.raises(RunError) as caught:
        read_all(folder)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 1_000
    assert file in said
    assert f"glyphlab runs rm {folder.name}" in said
    (info,) = list_runs(folder.parent)
    assert info.state == ("done" if file in ("env.json", "predictions.npz") else "damaged")
    assert json.dumps(info.to_json())
    remove_run(find_run(folder.parent, folder.name))
    assert list(folder.parent.iterdir()) == []
    return said


@pytest.mark.parametrize("content", NO_JSON.values(), ids=NO_JSON)
@pytest.mark.parametrize("file", ["recipe.json", "summary.json"])
def test_a_document_that_is_none(run: Path, file: str, content: bytes) -> None:
    (run / file).write_bytes(content)
    is_damaged(run, file)


@pytest.mark.parametrize("name", ["empty", "cut", "null", "a list", "deep", "less deep"])
def test_an_environment_that_is_none(run: Path, name: str) -> None:
    (run / "env.json").write_bytes(NO_JSON[name])
    is_damaged(run, "env.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 whole lines found, 2 epochs expected"),
        (b'{"epoch": 1}\n', "1 whole lines"),
        (b"\xff\n\n", "cannot be read"),
        (b"{\n{}\n", "cannot be read"),
        (DEEP + b"\n{}\n", "cannot be read"),
        (b"null\n{}\n", "row 1 is None, an object expected"),
        (b"{}\n[1]\n", "row 2 is [1]"),
        (b'{"loss": null}\n{}\n', "'loss' of row 1 is None, a number expected"),
        (b'{"loss": "0.5"}\n{}\n', "'loss' of row 1 is '0.5'"),
        (b'{"loss": true}\n{}\n', "'loss' of row 1 is True"),
        (b'{"loss": NaN}\n{}\n', "'loss' of row 1 is nan"),
        (b'{"classes": [1, -1]}\n{}\n', "whole numbers from 0 expected"),
        (b'{"classes": [0]}\n{}\n', "'classes' of row 1"),
    ],
)
def test_a_history_that_is_none(run: Path, content: bytes, said: str) -> None:
    (run / "metrics.jsonl").write_bytes(content)
    assert said in is_damaged(run, "metrics.jsonl")


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "folder"])
def test_a_file_that_is_gone_or_a_folder(run: Path, file: str, gone: bool) -> None:
    (run / file).unlink()
    if not gone:
        (run / file).mkdir()
    elif file == "recipe.json":
        return  # then it is no run
    is_damaged(run, file)


@pytest.mark.parametrize("state", ["done", "begun"])
def test_a_lock_that_is_a_folder(run: Path, state: str) -> None:
    if state == "begun":
        (run / "done").unlink()
    lock_of(run).mkdir()
    assert list_runs(run.parent)[0].state == ("done" if state == "done" else "interrupted")
    with pytest.raises(RunError, match=r"\.lock is a folder"):
        remove_run(run)


def test_a_run_that_nobody_may_read(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(before: Any) -> Any:
        def ask(path: Any, *args: Any, **named: Any) -> Any:
            if run in (Path(path), *Path(path).parents):
                raise PermissionError(13, "Permission denied", str(path))
            return before(path, *args, **named)

        return ask

    monkeypatch.setattr(Path, "lstat", refused(Path.lstat))
    monkeypatch.setattr("os.open", refused(os.open))
    (info,) = list_runs(run.parent)
    assert info.state == "damaged"
    assert "Permission denied" in info.problem


def test_a_damaged_run_does_not_hide_the_others(run: Path) -> None:
    shutil.copytree(run, run.parent / "b-whole")
    (run / "summary.json").write_bytes(DEEP)
    (run.parent / "c-file").touch()
    assert [info.state for info in list_runs(run.parent)] == ["damaged", "done"]


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        ("true", None, "no array 'true'"),
        ("true", np.zeros((4, 2), np.int64), "one shape expected|'true' is"),
        ("true", np.zeros((0, 3), np.int64), "rows"),
        ("true", np.full((4, 3), 10), "labels of 3 positions from 0 to 10 found"),
        ("pred", np.full((4, 3), -1), "from -1"),
        (
            "pred",
            np.zeros((4, 3)),
            "'pred' holds float64 in 2 dimensions, integers or their notation in 2",
        ),
        ("confidence", np.ones(3, np.float32), "'confidence' 3 rows"),
        ("confidence", np.full(4, np.nan), "no finite number"),
        ("confidence", np.full(4, 2.0), "0 to 1 expected"),
        ("sample_index", np.array([4]), "of 4 items"),
        ("sample_kind", np.array([2]), "another kind"),
        ("sample_images", np.zeros((1, 8, 8), np.uint16), "bytes in 3"),
        ("sample_images", np.zeros((1, 0, 8), np.uint8), "holds nothing"),
    ],
)
def test_arrays_that_fit_nothing(name: str, array: Any, said: str, tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", {})
    labels = np.arange(12).reshape(4, 3) % 10
    arrays: dict[str, Any] = {"true": labels, "pred": labels, "confidence": np.ones(4, np.float32)}
    run.save_predictions(**{key: one for key, one in (arrays | {name: array}).items()
                            if one is not None})  # fmt: skip
    run.finish(classifier_summary())
    with pytest.raises(RunError, match=said) as caught:
        _ = Run.load(run.path).correct
    assert "\n" not in str(caught.value)


def test_what_a_finished_run_left_cannot_be_written_to(run: Path) -> None:
    found = Run.load(run)
    array = next(iter(found.load_predictions().values()))
    with pytest.raises(ValueError, match="read-only"):
        array[...] = 0
    assert found.load_predictions() is found.load_predictions()
    with pytest.raises(RunError, match="no column 'accuracy', found epoch, loss"):
        _ = found.metrics()[0]["accuracy"]


def test_the_state_beside_tensors(tmp_path: Path) -> None:
    from safetensors.torch import save

    run = Run.open(tmp_path, "a", {})
    for state in ("[", "[]", DEEP.decode()):
        (run.path / "x.safetensors").write_bytes(save({"w": torch.ones(1)}, {"state": state}))
        with pytest.raises(RunError) as caught:
            run.load_state("x.safetensors")
        assert "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


def lists_it(folder: Path) -> None:
    (info,) = list_runs(folder.parent)
    assert info.state in STATES
    assert "\n" not in info.problem
    assert (info.state in ("damaged", "other schema")) == bool(info.problem)
    assert json.dumps(info.to_json())
    with contextlib.suppress(GlyphlabError):
        read_all(folder)


BOUNDED = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@BOUNDED
@given(data=st.data())
def test_any_value_in_the_place_of_another(whole: Path, tmp_path: Path, data: Any) -> None:
    run = tmp_path / "any" / whole.name
    if not run.exists():
        shutil.copytree(whole, run)
    name = data.draw(st.sampled_from(FILES[:3]))
    holder: dict[str, Any] = {"": json.loads((whole / name).read_text())}
    inner, key = holder, ""
    while isinstance(inner[key], dict) and inner[key] and data.draw(st.integers(0, 3)):
        inner = inner[key]
        key = data.draw(st.sampled_from(sorted(inner)))
    inner[key] = data.draw(JSON)
    (run / name).write_text(json.dumps(holder[""]))
    lists_it(run)
    shutil.copy(whole / name, run / name)


@BOUNDED
@given(data=st.data())
def test_any_bytes_in_the_place_of_others(whole: Path, tmp_path: Path, data: Any) -> None:
    run = tmp_path / "any" / whole.name
    if not run.exists():
        shutil.copytree(whole, run)
    name = data.draw(st.sampled_from(FILES))
    content = bytearray((whole / name).read_bytes())
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 8)))
    content[start:end] = data.draw(st.binary(max_size=8))
    if data.draw(st.booleans()):
        del content[start + 8 :]
    (run / name).write_bytes(content)
    lists_it(run)
    shutil.copy(whole / name, run / name)


@pytest.mark.parametrize("read", [read_json, lambda path: parse_json(path.read_bytes(), path)])
def test_documents_are_read_in_one_place(read: Callable[[Path], Any], tmp_path: Path) -> None:
    for content in (b"{", DEEP, b"\xff"):
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(RunError):
            read(tmp_path / "x.json")


@pytest.mark.parametrize(
    "name", ["metrics.jsonl", "checkpoint.safetensors", "grids", "grids/0001.png", ".a.tmp"]
)
def test_nothing_is_written_through_a_link(run: Path, name: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / ".precious.tmp").write_text("1\n2")
    link = run / name
    link.unlink(missing_ok=True)
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside if name == "grids" else outside / ".precious.tmp")
    with pytest.raises(RunError, match=f"{name} is a link, expected a file"), Run(run, {}).lock():
        pass
    assert (outside / ".precious.tmp").read_text() == "1\n2"
    remove_run(run)
    assert (outside / ".precious.tmp").read_text() == "1\n2"


@pytest.mark.parametrize("key", ["height", "width", "positions", "symbols"])
def test_sizes_that_no_task_has(run: Path, key: str) -> None:
    document = json.loads((run / "summary.json").read_text())
    if "strategy_state" not in document:
        return
    document["strategy_state"][key] = 10**9
    (run / "summary.json").write_text(json.dumps(document))
    assert f"strategy_state.{key} is 1000000000" in is_damaged(run, "summary.json")
