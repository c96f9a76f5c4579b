"""Answers of runs know which images share a glyph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import RunError
from glyphlab.experiments import compare
from glyphlab.runs import Answers, Run, glyphs_of, save_test_glyphs
from glyphlab.tasks import load_task


def test_glyphs_are_those_of_the_task(tmp_path: Path) -> None:
    found = compare("triple", ["whole"], seeds=2, preset="smoke", root=tmp_path, quiet=True)
    task = load_task("triple", per_label=1)
    answers = Answers.of(found.groups["whole"])
    assert answers.correct.shape == (2, len(task.test))
    assert answers.glyphs is not None
    assert np.array_equal(answers.glyphs, task.test.glyph_ids)
    test_set = found.groups["whole"][0].classifier_summary.test_set
    assert test_set is not None
    assert (test_set.digest, test_set.images) == (task.test.digest, len(task.test))
    assert test_set.glyphs == len(np.unique(task.test.glyph_ids))
    half = answers.on(np.arange(len(task.test)) % 2 == 0)
    assert np.array_equal(half.glyphs, task.test.glyph_ids[::2])
    assert answers.repeated(4).correct.shape == (4, len(task.test))


def test_single_symbols_stand_once(tmp_path: Path) -> None:
    found = compare("single", ["whole"], seeds=1, preset="smoke", root=tmp_path, quiet=True)
    (run,) = found.groups["whole"]
    assert not (run.path / "test_glyphs.npz").exists()
    assert len(np.unique(glyphs_of(run))) == len(run.correct)
    assert found.rows[0]["design_effect"] == 1


def test_a_lost_or_foreign_file_is_an_error(tmp_path: Path) -> None:
    found = compare("triple", ["whole"], seeds=1, preset="smoke", root=tmp_path, quiet=True)
    (run,) = found.groups["whole"]
    file = run.path / "test_glyphs.npz"
    save_test_glyphs(run, np.zeros((3, 3), np.int64))
    with pytest.raises(RunError, match="3 rows found"):
        glyphs_of(Run.load(run.path))
    file.unlink()
    with pytest.raises(RunError, match="test_glyphs"):
        glyphs_of(Run.load(run.path))
