import shutil

import numpy as np
import pytest

from glyphlab.errors import RunError, UsageError
from glyphlab.report.load import by_model, load_run, load_runs


@pytest.fixture
def run(run_dirs, tmp_path):
    return shutil.copytree(run_dirs[0], tmp_path / "run")


def test_a_run_is_read_whole(run):
    data = load_run(run)
    assert data.model == "whole"
    assert len(data.history) == 10
    assert data.env["cores"] == 2
    assert data.correct.shape == (2000,)
    true, pred = data.rows
    assert data.correct.sum() == (true == pred).all(axis=1).sum()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("summary.json", b"{}"),
        ("summary.json", b"{"),
        ("summary.json", b"[]"),
        ("env.json", None),
        ("metrics.jsonl", b"{\n"),
        ("predictions.npz", b"no archive"),
        ("predictions.npz", b""),
        ("predictions.npz", b"PK\x03\x04cut"),
    ],
)
def test_a_broken_file_is_said_in_one_line(run, name, content):
    (run / name).unlink()
    if content is not None:
        (run / name).write_bytes(content)
    with pytest.raises(RunError, match="runs rm") as caught:
        load_run(run)
    assert "\n" not in str(caught.value)
    assert str(run) in str(caught.value)


def test_a_missing_array_is_said(run):
    np.savez(run / "predictions.npz", true=np.zeros((3, 1), int))
    with pytest.raises(RunError, match="pred"):
        load_run(run)


def test_an_unfinished_run_is_not_reported(run):
    (run / "done").unlink()
    with pytest.raises(RunError, match="not a finished run"):
        load_run(run)


def test_no_runs_are_said():
    with pytest.raises(UsageError, match="runs list"):
        load_runs([])


def test_runs_are_grouped_by_model_and_ordered_by_seed(run_dirs):
    groups = by_model(load_runs(run_dirs[::-1]), ["sliced", "absent"])
    assert list(groups) == ["sliced", "aligned", "multihead", "whole"]
    assert [run.summary["seed"] for run in groups["whole"]] == [0, 1, 2]
