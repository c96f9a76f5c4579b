"""Answers of runs know which images share a glyph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import RunError
from glyphlab.experiments import compare
from glyphlab.metrics import mean_interval
from glyphlab.runs import Answers, Run, glyphs_of, grid_answers, save_test_glyphs
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
    with np.load(run.path / "test_glyphs.npz") as kept:  # of the generalization grid alone
        assert "glyphs" not in kept
    assert len(np.unique(glyphs_of(run))) == len(run.correct)
    assert found.rows[0]["design_effect"] == 1


def test_cells_of_the_generalization_grid_have_intervals_that_know_their_glyphs(
    tmp_path: Path,
) -> None:
    found = compare("triple", ["whole"], seeds=2, preset="smoke", root=tmp_path, quiet=True)
    runs = found.groups["whole"]
    cells = grid_answers(runs)
    task = load_task("triple", per_label=1)
    drawn = task.generalization_grid(runs[0].recipe["task"]["generalization_grid"])
    assert set(cells) == {"/".join(cell) for cell in drawn} == {
        "seen/seen", "seen/unseen", "unseen/seen", "unseen/unseen",
    }  # fmt: skip
    (row,) = found.rows
    for (labels, glyphs), split in drawn.items():
        name = f"{labels}/{glyphs}"
        assert np.array_equal(cells[name].glyphs, split.glyph_ids)
        assert np.mean(cells[name].each_seed) == pytest.approx(row["generalization_grid"][name])
        low, high = row["generalization_grid_intervals"][name]
        known = mean_interval(cells[name].correct, split.glyph_ids)
        assert (low, high) == (known.low, known.high)
    page = found.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "over seeds, images and the glyphs that they share" in page
    save_test_glyphs(runs[0], None, {"seen/seen": np.zeros((3, 3), np.int64)})
    with pytest.raises(RunError, match="3 rows of seen/seen found"):
        grid_answers(runs)
    (runs[0].path / "test_glyphs.npz").unlink()  # as runs of before had none
    assert grid_answers(runs)["seen/seen"].glyphs is None


def test_a_lost_or_foreign_file_is_an_error(tmp_path: Path) -> None:
    found = compare("triple", ["whole"], seeds=1, preset="smoke", root=tmp_path, quiet=True)
    (run,) = found.groups["whole"]
    file = run.path / "test_glyphs.npz"
    save_test_glyphs(run, np.zeros((3, 3), np.int64), {})
    with pytest.raises(RunError, match="3 rows found"):
        glyphs_of(Run.load(run.path))
    file.unlink()
    with pytest.raises(RunError, match="test_glyphs"):
        glyphs_of(Run.load(run.path))
